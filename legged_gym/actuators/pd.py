"""A PD position drive that hears of its targets late."""

from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from legged_gym.actuators.actuator import Actuator, Drives, Memory


class DelayedPD(Actuator):
    """Torque = clip(stiffness (target - q) - damping qd, +-limit), with the target of some physics steps ago.

    Each environment draws its delay at a reset, and until a target has come through holds the joints where the reset
    put them. The damping is explicit, while the engines integrate that of their own PD implicitly.
    """

    def __init__(
        self,
        stiffness: Tensor,
        damping: Tensor,
        torque_limits: Tensor,
        num_envs: int,
        delay_range: Sequence[int],
    ) -> None:
        """Begin at the joints' zero, without delay.

        Args:
            stiffness: nominal gains [D], N m/rad.
            damping: nominal gains [D], N m s/rad.
            torque_limits: nominal limits [D], N m.
            num_envs: number of environments.
            delay_range: the shortest and the longest delay, physics steps.
        """
        super().__init__({"stiffness": stiffness, "damping": damping, "torque_limits": torque_limits}, num_envs)
        self._shortest, self._longest = delay_range
        shape = (self._longest + 1, *self.torques.shape)
        self.memory = (torch.zeros(shape, device=self.torques.device),)
        """Targets of the last K steps, newest first [K, N, D], rad."""
        self.delay: Tensor = torch.zeros(num_envs, dtype=torch.long, device=self.torques.device)

    @classmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        return cls(drives.stiffness, drives.damping, drives.torque_limits, drives.num_envs, settings.delay_range)

    def begin(self, dof_pos: Tensor) -> Memory:
        return (dof_pos.expand_as(self.memory[0]),)

    def torque(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        sent = torch.cat((targets[None], memory[0][:-1]))
        delay = self.delay[:, None].expand_as(targets)[None]
        pull = (sent.gather(0, delay)[0] - dof_pos) * self.parameters["stiffness"]
        return torch.addcmul(pull, self.parameters["damping"], dof_vel, value=-1.0), (sent,)

    def reset(self, mask: Tensor, dof_pos: Tensor) -> None:
        super().reset(mask, dof_pos)
        self.memory[0].copy_(torch.where(mask[:, None], dof_pos, self.memory[0]))
        drawn = torch.randint_like(self.delay, self._shortest, self._longest + 1)
        self.delay.copy_(torch.where(mask, (drawn * self.delay_share).round(), self.delay))
