"""Calls that step the physics and move state between it and tensors."""

import time

import numpy as np
import torch

from isaacgym.descriptor import Tensor
from isaacgym.enums import CoordinateSpace
from isaacgym.scene import Sim


class Tensors:
    """State tensors keep their storage; a refresh fills them, a set call gives some robots what a tensor holds."""

    def simulate(self, sim: Sim) -> None:
        """Advance the physics by `SimParams.dt`."""
        sim.prepared()
        sim.write_changes()
        sim.engine.simulate()

    def fetch_results(self, sim: Sim, wait_until_completed: bool) -> None:
        """Nothing: `simulate` returns when it is done."""

    def get_sim_time(self, sim: Sim) -> float:
        """Simulated time, s."""
        return sim.prepared().time

    def get_elapsed_time(self, sim: Sim) -> float:
        """Time since the simulation was created, s."""
        return time.monotonic() - sim.started

    def acquire_actor_root_state_tensor(self, sim: Sim) -> Tensor:
        """Bases [A, 13], world axes: position, m, quaternion xyzw, linear velocity of the origin, angular velocity."""
        return _acquire(sim, "roots", 1, 13)

    def refresh_actor_root_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of bases."""
        return _refresh(sim, "roots")

    def acquire_dof_state_tensor(self, sim: Sim) -> Tensor:
        """Joints [A D, 2]: angle, rad, and velocity, rad/s."""
        return _acquire(sim, "joints", len(sim.actors[0].asset.dof_names), 2)

    def refresh_dof_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of joints."""
        return _refresh(sim, "joints")

    def acquire_rigid_body_state_tensor(self, sim: Sim) -> Tensor:
        """Bodies [A B, 13], laid out as bases."""
        return _acquire(sim, "bodies", len(sim.actors[0].asset.body_names), 13)

    def refresh_rigid_body_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of bodies: of the end of the last step."""
        return _refresh(sim, "bodies")

    def acquire_net_contact_force_tensor(self, sim: Sim) -> Tensor:
        """Net contact force on each body [A B, 3], world axes, N."""
        return _acquire(sim, "contacts", len(sim.actors[0].asset.body_names), 3)

    def refresh_net_contact_force_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of contact forces: of the last substep."""
        return _refresh(sim, "contacts")

    def set_actor_root_state_tensor(self, sim: Sim, root_states: Tensor) -> bool:
        """Set all bases."""
        return self._set_roots(sim, root_states, np.arange(len(sim.actors)))

    def set_actor_root_state_tensor_indexed(self, sim: Sim, root_states: Tensor, indices: Tensor, count: int) -> bool:
        """Set the bases of the first `count` actors listed, out of the tensor of all."""
        return self._set_roots(sim, root_states, _rows(indices, count))

    def set_dof_state_tensor(self, sim: Sim, dof_states: Tensor) -> bool:
        """Set all joints."""
        return self._set_joints(sim, dof_states, np.arange(len(sim.actors)))

    def set_dof_state_tensor_indexed(self, sim: Sim, dof_states: Tensor, indices: Tensor, count: int) -> bool:
        """Set the joints of the first `count` actors listed, out of the tensor of all."""
        return self._set_joints(sim, dof_states, _rows(indices, count))

    def set_dof_actuation_force_tensor(self, sim: Sim, forces: Tensor) -> bool:
        """Set the torque on each joint [A D], N m, not clipped: it acts until it is set again."""
        sim.prepared().set_torques(forces.torch_tensor.detach().numpy().reshape(len(sim.actors), -1))
        return True

    def acquire_dof_force_tensor(self, sim: Sim) -> Tensor:
        """Torques on the joints [A D], N m: those that drive them, as they were set."""
        return Tensor(_acquire(sim, "torques", len(sim.actors[0].asset.dof_names), 1).torch_tensor.view(-1))

    def refresh_dof_force_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of joint torques."""
        return _refresh(sim, "torques")

    def apply_rigid_body_force_tensors(
        self,
        sim: Sim,
        forceTensor: Tensor | None = None,  # noqa: N803  (Isaac Gym's name)
        torqueTensor: Tensor | None = None,  # noqa: N803
        space: CoordinateSpace = CoordinateSpace.ENV_SPACE,
    ) -> bool:
        """Push bodies for the next step: forces at their centres of mass [A B, 3], N, and torques [A B, 3], N m."""
        count = len(sim.actors), len(sim.actors[0].asset.body_names), 3
        forces, torques = (
            np.zeros(count) if tensor is None else tensor.torch_tensor.detach().numpy().reshape(count)
            for tensor in (forceTensor, torqueTensor)
        )
        sim.prepared().push_bodies(forces, torques, space == CoordinateSpace.LOCAL_SPACE)
        return True

    def _set_roots(self, sim: Sim, states: Tensor, rows: np.ndarray) -> bool:
        values = states.torch_tensor.detach().numpy().reshape(-1, 13)
        sim.prepared().set_roots(values[rows].astype(np.float64), rows)
        return True

    def _set_joints(self, sim: Sim, states: Tensor, rows: np.ndarray) -> bool:
        values = _by_robot(states.torch_tensor.detach().numpy().reshape(-1, 2), sim)
        sim.prepared().set_joints(values[rows], rows)
        return True


def _acquire(sim: Sim, name: str, per_actor: int, width: int) -> Tensor:
    """The handle of a state tensor, made and filled at the first call."""
    sim.prepared()
    if name not in sim.tensors:
        with torch.inference_mode(False):  # scripts write into it in and out of inference mode
            sim.tensors[name] = torch.zeros(per_actor * len(sim.actors), width)
        _refresh(sim, name)
    return Tensor(sim.tensors[name])


def _refresh(sim: Sim, name: str) -> bool:
    """Fill a state tensor; one that nobody acquired needs no filling."""
    engine = sim.prepared()
    if name in sim.tensors:
        rows = _by_robot(sim.tensors[name].numpy(), sim)
        getattr(engine, f"read_{name}")(rows[:, 0] if name == "roots" else rows)
    return True


def _by_robot(array: np.ndarray, sim: Sim) -> np.ndarray:
    """Rows [A K, n] by robot [A, K, n]."""
    return array.reshape(len(sim.actors), -1, array.shape[1])


def _rows(indices: Tensor, count: int) -> np.ndarray:
    """Robots that a tensor of actor numbers lists, each once."""
    return np.unique(indices.torch_tensor.numpy()[:count])
