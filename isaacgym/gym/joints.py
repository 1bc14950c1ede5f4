"""Calls that read and set the joints of one actor."""

import numpy as np
import torch

from isaacgym.enums import StateFlags
from isaacgym.gym.buffers import snapshot
from isaacgym.properties import DofState
from isaacgym.scene import Env, require_columns, require_each


class Joints:
    """Joints of single actors, as structured arrays."""

    def get_actor_dof_states(self, env: Env, actor: int, flags: int = StateFlags.STATE_ALL) -> np.ndarray:
        """States of the joints [D], `DofState.dtype`; all of them, whatever the flags."""
        if env.sim.engine is None:
            return env.actor(actor).dof_states.copy()
        count = len(env.actor(actor).dof_states)
        states = np.zeros(count, DofState.dtype)
        states["pos"], states["vel"] = snapshot(env.sim, "joints", count, 2)[env.index].T.cpu()
        return states

    def set_actor_dof_states(self, env: Env, actor: int, states: np.ndarray, flags: int = StateFlags.STATE_ALL) -> bool:
        """Set angles, velocities or both, as the flags say; before `prepare_sim` it is where the joints start.

        Raises:
            UserError: they are of more joints or fewer, or not of `DofState.dtype`.
        """
        merged, given = self.get_actor_dof_states(env, actor), np.asarray(states)
        require_columns(given, "pos", "vel")
        require_each("joint", given, len(merged))
        for flag, name in ((StateFlags.STATE_POS, "pos"), (StateFlags.STATE_VEL, "vel")):
            if flags & flag:
                merged[name] = given[name]
        env.actor(actor).dof_states = merged
        if env.sim.engine is not None:
            every = snapshot(env.sim, "joints", len(merged), 2)
            every[env.index] = torch.from_numpy(np.stack((merged["pos"], merged["vel"]), axis=-1))
            row = torch.tensor([env.index], device=every.device)
            env.sim.engine.set_joints(env.sim.engine.array(every), env.sim.engine.array(row))
        return True

    def set_actor_dof_position_targets(self, env: Env, actor: int, targets: np.ndarray) -> bool:
        """Set what the joints of an actor are driven to [D], rad, if they have drives to positions."""
        return _set_targets(env, actor, targets, 0)

    def set_actor_dof_velocity_targets(self, env: Env, actor: int, targets: np.ndarray) -> bool:
        """Set what the joints of an actor are driven to [D], rad/s, if they have drives."""
        return _set_targets(env, actor, targets, 1)

    def get_actor_dof_forces(self, env: Env, actor: int) -> np.ndarray:
        """Torques that drive the joints [D], N m."""
        return snapshot(env.sim, "torques", len(env.actor(actor).dof_states), 1)[env.index, :, 0].cpu().numpy()


def _set_targets(env: Env, actor: int, targets: np.ndarray, kind: int) -> bool:
    require_each("joint", targets, len(env.actor(actor).dof_states))
    engine, both = env.sim.prepared(), [None, None]
    every = torch.zeros(len(env.sim.actors), len(targets), device=engine.device)
    every[env.index] = torch.as_tensor(targets)
    both[kind] = engine.array(every)
    engine.set_targets(*both, engine.array(torch.tensor([env.index], device=engine.device)))
    return True
