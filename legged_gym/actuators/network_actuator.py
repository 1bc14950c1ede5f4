"""Drives that are a network, learned from measurements of a real one."""

import math
from typing import Any, Self

import torch
from torch import Tensor

from legged_gym.actuators.actuator import Actuator, Drives, Memory
from legged_gym.actuators.networks import ActuatorNetwork, load_network
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import in_project


class NetworkActuator(Actuator):
    """Torque = clip(torque_gain * network(target - q, qd, what it remembers), +-limit); one network for all joints."""

    def __init__(self, network: ActuatorNetwork, torque_limits: Tensor, num_envs: int) -> None:
        """Begin with a gain of one and a zero state.

        Args:
            network: on the drives' device; a physics step must take its `sample_time`.
            torque_limits: nominal limits [D], N m.
            num_envs: number of environments.
        """
        super().__init__({"torque_gain": torch.ones_like(torque_limits), "torque_limits": torque_limits}, num_envs)
        self._network = network
        self.memory = network.initial_state(self.torques.numel(), torque_limits.device)
        """State of the network, a row a joint [N * D, ...]; the joints of an environment stand together."""

    @classmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        if not settings.network_file:
            raise UserError("control.actuator.network_file names no file; make one with train_actuator.py")
        path = in_project(settings.network_file)
        network = load_network(path, drives.torque_limits.device)
        if not math.isclose(network.sample_time, drives.physics_dt, rel_tol=1.0e-6):
            raise UserError(
                f"{path} was trained at steps of {network.sample_time} s, but sim.dt is {drives.physics_dt} s; set "
                "sim.dt to it, or train another one with train_actuator.py"
            )
        return cls(network, drives.torque_limits, drives.num_envs)

    def begin(self, dof_pos: Tensor) -> Memory:
        return self._network.initial_state(dof_pos.numel(), dof_pos.device)

    def torque(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        torques, following = self._network((targets - dof_pos).flatten(), dof_vel.flatten(), memory)
        return torques.view_as(targets) * self.parameters["torque_gain"], following

    def reset(self, mask: Tensor, dof_pos: Tensor) -> None:
        super().reset(mask, dof_pos)
        rows = mask[:, None].expand_as(self.torques).reshape(-1, 1)
        for present in self.memory:
            present.flatten(1).masked_fill_(rows, 0.0)
