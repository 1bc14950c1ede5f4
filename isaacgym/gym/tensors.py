"""Calls that step the physics and move state between it and tensors."""

import time
from typing import Any

import torch

from isaacgym.descriptor import Tensor
from isaacgym.enums import CoordinateSpace
from isaacgym.gym.buffers import acquire, by_robot, content, everyone, refresh
from isaacgym.scene import Sim
from robust_parallel.errors import UserError


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
        return acquire(sim, "roots", 1, 13)

    def refresh_actor_root_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of bases."""
        return refresh(sim, "roots")

    def acquire_dof_state_tensor(self, sim: Sim) -> Tensor:
        """Joints [A D, 2]: angle, rad, and velocity, rad/s."""
        return acquire(sim, "joints", len(sim.actors[0].asset.dof_names), 2)

    def refresh_dof_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of joints."""
        return refresh(sim, "joints")

    def acquire_rigid_body_state_tensor(self, sim: Sim) -> Tensor:
        """Bodies [A B, 13], laid out as bases."""
        return acquire(sim, "bodies", len(sim.actors[0].asset.body_names), 13)

    def refresh_rigid_body_state_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of bodies: of the end of the last step."""
        return refresh(sim, "bodies")

    def acquire_net_contact_force_tensor(self, sim: Sim) -> Tensor:
        """Net contact force on each body [A B, 3], world axes, N."""
        return acquire(sim, "contacts", len(sim.actors[0].asset.body_names), 3)

    def refresh_net_contact_force_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of contact forces: of the last substep."""
        return refresh(sim, "contacts")

    def set_actor_root_state_tensor(self, sim: Sim, root_states: Tensor) -> bool:
        """Set all bases."""
        return _set_roots(sim, root_states, everyone(sim))

    def set_actor_root_state_tensor_indexed(self, sim: Sim, root_states: Tensor, indices: Tensor, count: int) -> bool:
        """Set the bases of the first `count` actors listed, out of the tensor of all."""
        return _set_roots(sim, root_states, listed(sim, indices, count))

    def set_dof_state_tensor(self, sim: Sim, dof_states: Tensor) -> bool:
        """Set all joints."""
        return _set_joints(sim, dof_states, everyone(sim))

    def set_dof_state_tensor_indexed(self, sim: Sim, dof_states: Tensor, indices: Tensor, count: int) -> bool:
        """Set the joints of the first `count` actors listed, out of the tensor of all."""
        return _set_joints(sim, dof_states, listed(sim, indices, count))

    def set_dof_actuation_force_tensor(self, sim: Sim, forces: Tensor) -> bool:
        """Set the torque on each joint without a drive [A D], N m, not clipped: it acts until it is set again."""
        sim.prepared().set_torques(_of_joints(sim, forces))
        return True

    def set_dof_position_target_tensor(self, sim: Sim, targets: Tensor) -> bool:
        """Set what joints with drives to positions are driven to [A D], rad: it holds until it is set again."""
        sim.prepared().set_targets(_of_joints(sim, targets), None, everyone(sim))
        return True

    def set_dof_position_target_tensor_indexed(self, sim: Sim, targets: Tensor, indices: Tensor, count: int) -> bool:
        """The same of the first `count` actors listed, out of the tensor of all."""
        sim.prepared().set_targets(_of_joints(sim, targets), None, listed(sim, indices, count))
        return True

    def set_dof_velocity_target_tensor(self, sim: Sim, targets: Tensor) -> bool:
        """Set what joints with drives are driven to [A D], rad/s: it holds until it is set again."""
        sim.prepared().set_targets(None, _of_joints(sim, targets), everyone(sim))
        return True

    def set_dof_velocity_target_tensor_indexed(self, sim: Sim, targets: Tensor, indices: Tensor, count: int) -> bool:
        """The same of the first `count` actors listed, out of the tensor of all."""
        sim.prepared().set_targets(None, _of_joints(sim, targets), listed(sim, indices, count))
        return True

    def acquire_dof_force_tensor(self, sim: Sim) -> Tensor:
        """Torques on the joints [A D], N m: those that drive them, as they were set."""
        return Tensor(acquire(sim, "torques", len(sim.actors[0].asset.dof_names), 1).torch_tensor.view(-1))

    def refresh_dof_force_tensor(self, sim: Sim) -> bool:
        """Fill the tensor of joint torques."""
        return refresh(sim, "torques")

    def apply_rigid_body_force_tensors(
        self,
        sim: Sim,
        forceTensor: Tensor | None = None,  # noqa: N803  (Isaac Gym's name)
        torqueTensor: Tensor | None = None,  # noqa: N803
        space: CoordinateSpace = CoordinateSpace.ENV_SPACE,
    ) -> bool:
        """Push bodies for the next step: forces at their centres of mass [A B, 3], N, and torques [A B, 3], N m."""
        bodies = len(sim.actors[0].asset.body_names)
        none = sim.prepared().array(torch.zeros(len(sim.actors), bodies, 3, device=sim.engine.device))
        given = (forceTensor, torqueTensor)
        forces, torques = (none if part is None else by_robot(sim, part, bodies, 3) for part in given)
        sim.prepared().push_bodies(forces, torques, space == CoordinateSpace.LOCAL_SPACE)
        return True


def listed(sim: Sim, indices: Tensor, count: int) -> Any:
    """Robots that a tensor of actor numbers lists, as the engine takes rows.

    Raises:
        UserError: they are no int32, `count` is not from 0 to how many there are, or they are of no actor (on a GPU,
            which is not waited for, nobody looks).
    """
    given = content(indices)
    if given.dtype != torch.int32 or count not in range(given.numel() + 1):
        raise UserError(f"isaacgym: {count} actors of a list of {given.numel()} x {given.dtype}; it is to be of int32")
    rows, actors = given.flatten()[: int(count)], len(sim.actors)
    if len(rows) and given.device.type == "cpu" and not (int(rows.min()) >= 0 and int(rows.max()) < actors):
        raise UserError(f"isaacgym: actors {rows.tolist()} are listed; there are 0 to {actors - 1}")
    return sim.prepared().array(rows)


def _of_joints(sim: Sim, values: Tensor) -> Any:
    """A value of each joint [A, D]."""
    return by_robot(sim, values, len(sim.actors[0].asset.dof_names), 1)[..., 0]


def _set_roots(sim: Sim, states: Tensor, rows: Any) -> bool:
    sim.prepared().set_roots(by_robot(sim, states, 1, 13)[:, 0], rows)
    return True


def _set_joints(sim: Sim, states: Tensor, rows: Any) -> bool:
    sim.prepared().set_joints(by_robot(sim, states, len(sim.actors[0].asset.dof_names), 2), rows)
    return True
