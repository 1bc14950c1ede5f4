"""Calls that read and set the joints of one actor."""

import numpy as np

from isaacgym.enums import StateFlags
from isaacgym.properties import DofState
from isaacgym.scene import Env


class Joints:
    """Joints of single actors, as structured arrays."""

    def get_actor_dof_states(self, env: Env, actor: int, flags: int = StateFlags.STATE_ALL) -> np.ndarray:
        """States of the joints [D], `DofState.dtype`; all of them, whatever the flags."""
        if env.sim.engine is None:
            return env.actors[actor].dof_states.copy()
        every = np.empty((len(env.sim.actors), len(env.actors[actor].dof_states), 2))
        env.sim.engine.read_joints(every)
        states = np.zeros(every.shape[1], DofState.dtype)
        states["pos"], states["vel"] = every[env.index].T
        return states

    def set_actor_dof_states(self, env: Env, actor: int, states: np.ndarray, flags: int = StateFlags.STATE_ALL) -> bool:
        """Set angles, velocities or both, as the flags say; before `prepare_sim` it is where the joints start."""
        merged = self.get_actor_dof_states(env, actor)
        for flag, name in ((StateFlags.STATE_POS, "pos"), (StateFlags.STATE_VEL, "vel")):
            if flags & flag:
                merged[name] = states[name]
        env.actors[actor].dof_states = merged
        if env.sim.engine is not None:
            both = np.stack((merged["pos"], merged["vel"]), axis=-1)
            env.sim.engine.set_joints(both[None], np.array([env.index]))
        return True

    def get_actor_dof_forces(self, env: Env, actor: int) -> np.ndarray:
        """Torques that drive the joints [D], N m."""
        every = np.empty((len(env.sim.actors), len(env.actors[actor].dof_states), 1), dtype=np.float32)
        env.sim.prepared().read_torques(every)
        return every[env.index, :, 0]
