"""A legged robot without a map, for any ground and any command, and what its teacher knows of it."""

import torch

from legged_gym.envs.base.agile_commands import AgileCommands
from legged_gym.envs.base.commands import Commands
from legged_gym.envs.base.rewards import kernel
from legged_gym.envs.blind.blind_config import BlindCfg
from legged_gym.envs.perceptive.perceptive_robot import PerceptiveRobot

TURNING_SIGMA = 0.01
"""Width of the narrow kernel of the yaw rate, which tells 0.1 rad/s from none, (rad/s)^2."""
TURNING_TIME = 0.5
"""Time over which its error is averaged, s: more than a stride of 0.3 s. Within strides the yaw rate of a teacher of
`go2_blind` that stepped swung by 0.12 rad/s (standard deviation), and that of one that stood by 0.06."""


class BlindRobot(PerceptiveRobot):
    """Velocity tracking by touch alone: the student of a teacher that knows the ground and the robot."""

    cfg: BlindCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        self.mean_yaw_error = torch.zeros(self.num_envs, device=self.device)
        """Commanded minus measured yaw rate averaged over `TURNING_TIME` [N], rad/s."""

    def _make_commands(self) -> Commands:
        types = self.terrain_curriculum.types
        return AgileCommands(self.cfg, self.num_envs, self.dt, self.device, self.terrain.type_names, types)

    def _record_tracking(self) -> None:
        super()._record_tracking()
        error = self.commands[:, 2] - self.base_ang_vel[:, 2]
        self.mean_yaw_error.lerp_(error, self.dt / TURNING_TIME)

    def _begin_episodes(self) -> None:
        super()._begin_episodes()
        self.mean_yaw_error.masked_fill_(self.reset_buf, 0.0)

    # -- rewards -----------------------------------------------------------------------------------------------------

    def _reward_tracking_lin_vel(self) -> torch.Tensor:
        """Tracking of the commanded planar velocity, in a kernel that is wider for commands beyond 1 m/s."""
        command = self.commands[:, :2]
        error = (command - self.base_lin_vel[:, :2]).square().sum(dim=1)
        speed = torch.linalg.vector_norm(command, dim=1).clamp(min=1.0)
        return torch.exp(-error / (self.cfg.rewards.tracking_sigma * speed))

    def _reward_tracking_ang_vel(self) -> torch.Tensor:
        """Tracking of the commanded yaw rate, in a kernel that is wider for commands beyond 1 rad/s."""
        command = self.commands[:, 2]
        error = (command - self.base_ang_vel[:, 2]).square()
        return torch.exp(-error / (self.cfg.rewards.tracking_sigma * command.abs().clamp(min=1.0)))

    def _reward_tracking_fine(self) -> torch.Tensor:
        """Tracking of the commanded planar velocity in a narrow kernel."""
        error = torch.linalg.vector_norm(self.commands[:, :2] - self.base_lin_vel[:, :2], dim=1)
        return kernel(error, self.cfg.rewards.fine_sigma)

    def _reward_turning_fine(self) -> torch.Tensor:
        """Tracking of the commanded yaw rate, strides averaged, in a narrow kernel."""
        return kernel(self.mean_yaw_error, TURNING_SIGMA)

    def _reward_power(self) -> torch.Tensor:
        """Absolute mechanical power of all joints, W."""
        return (self.torques * self.dof_vel).abs().sum(dim=1)
