"""The Mini Cheetah: what its task rewards."""

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.rewards import kernel
from legged_gym.envs.mini_cheetah.mini_cheetah_config import MiniCheetahCfg


class MiniCheetah(LeggedRobot):
    """Velocity tracking over a wide range of commands.

    What is to be small is rewarded by `kernel`, the mean over its axes; a tracking error counts relative to the speed
    asked for, so that a robot that has yet to learn 3 m/s sees that 1 m/s is better than none.
    """

    cfg: MiniCheetahCfg

    def _reward_tracking_lin_vel(self) -> torch.Tensor:
        """Tracking of the commanded planar velocity, in a kernel for each axis."""
        return self._tracking(self.commands[:, :2], self.base_lin_vel[:, :2]).mean(dim=1)

    def _reward_tracking_ang_vel(self) -> torch.Tensor:
        """Tracking of the commanded yaw rate, in a kernel."""
        return self._tracking(self.commands[:, 2], self.base_ang_vel[:, 2])

    def _reward_orientation(self) -> torch.Tensor:
        """Tilt: the horizontal part of gravity in the base frame, in a kernel."""
        return self._kernel(self.projected_gravity[:, :2]).mean(dim=1)

    def _reward_ang_vel_xy(self) -> torch.Tensor:
        """Roll and pitch rates, rad/s, in a kernel."""
        return self._kernel(self.base_ang_vel[:, :2]).mean(dim=1)

    def _tracking(self, command: torch.Tensor, velocity: torch.Tensor) -> torch.Tensor:
        return self._kernel((command - velocity) / (1.0 + command.abs()))

    def _kernel(self, error: torch.Tensor) -> torch.Tensor:
        return kernel(error, self.cfg.rewards.tracking_sigma)
