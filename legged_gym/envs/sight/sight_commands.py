"""Commands on ground to cross: forward, at a speed of its own, and towards the way."""

from typing import Any

import torch

from legged_gym.envs.base.agile_commands import AgileCommands
from legged_gym.envs.base.commands import HEADING, LIN_VEL_X, LIN_VEL_Y, Commands
from legged_gym.envs.sight.crossing import Crossing
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.utils.math import uniform


class SightCommands(Commands):
    """The base's commands, and those of the robots that have a tile to cross."""

    def __init__(
        self, robot_cfg: SightCfg, num_envs: int, dt: float, device: torch.device, crossing: Crossing, *further: Any
    ) -> None:
        """Set up; `further` is what a class of commands that this one is mixed with takes beyond the base's."""
        super().__init__(robot_cfg, num_envs, dt, device, *further)
        self._speed = robot_cfg.crossing.speed
        self._crossing = crossing

    def resample(self, mask: torch.Tensor) -> None:
        super().resample(mask)
        crossing = mask & self._crossing.active
        speed = uniform((len(mask),), *self._speed, device=mask.device)
        self.values[:, LIN_VEL_X] = torch.where(crossing, speed, self.values[:, LIN_VEL_X])
        self.values[:, LIN_VEL_Y].masked_fill_(crossing, 0.0)
        self.standing.masked_fill_(crossing, False)

    def steer(self, heading: torch.Tensor) -> None:
        way = self._crossing.direction
        towards = torch.atan2(way[:, 1], way[:, 0])
        self.values[:, HEADING] = torch.where(self._crossing.active, towards, self.values[:, HEADING])
        super().steer(heading)


class AgileSightCommands(SightCommands, AgileCommands):
    """The same, and those of an operator in a hurry on ordinary ground."""

    def resample(self, mask: torch.Tensor) -> None:
        super().resample(mask)
        self.steered.logical_or_(mask & self._crossing.active)
