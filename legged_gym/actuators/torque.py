"""Drives that give the torque they are told."""

from typing import Any, Self

import torch
from torch import Tensor

from legged_gym.actuators.actuator import Actuator, Drives, Memory


class DirectTorque(Actuator):
    """Torque = clip(torque_gain * target, +-limit); the targets are torques, N m."""

    takes_torques = True

    def __init__(self, torque_limits: Tensor, num_envs: int) -> None:
        """Begin with a gain of one.

        Args:
            torque_limits: nominal limits [D], N m.
            num_envs: number of environments.
        """
        super().__init__({"torque_gain": torch.ones_like(torque_limits), "torque_limits": torque_limits}, num_envs)

    @classmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        return cls(drives.torque_limits, drives.num_envs)

    def torque(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        return targets * self.parameters["torque_gain"], memory
