"""A legged robot whose legs have a clock."""

from typing import Any

from legged_gym.envs.base.clocked_robot_config import ClockedRobotCfg
from legged_gym.envs.base.gait_clock import GaitClock
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.interface.observations import ObservationTerm
from legged_gym.interface.readings import Readings
from legged_gym.interface.terms import clock_term
from legged_gym.utils.errors import UserError


class ClockedRobot(LeggedRobot):
    """A robot with a commanded gait; its clock waits at the stride's beginning while it is commanded to stand."""

    cfg: ClockedRobotCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        gait, legs = self.cfg.gait, len(self.feet_indices)
        if len(gait.offsets[0]) != legs:
            raise UserError(f"gait.offsets = {gait.offsets}: the robot has {legs} feet, each of which needs an offset")
        self.gait_clock = GaitClock(self.num_envs, gait.offsets, gait.frequency, self.device)

    def observation_terms(self) -> list[ObservationTerm]:
        """The base's terms, and the clock."""
        return [*super().observation_terms(), clock_term(self.gait_clock.phase.shape[1])]

    def _make_readings(self) -> Readings:
        readings = super()._make_readings()
        readings.gait_phase = self.gait_clock.phase
        return readings

    def _advance_clocks(self) -> None:
        super()._advance_clocks()
        self.gait_clock.advance(self.dt, self.moving)

    def _begin_episodes(self) -> None:
        super()._begin_episodes()
        self.gait_clock.reset(self.reset_buf)

    @property
    def layout(self) -> dict[str, Any]:
        """The base's layout, and the clock."""
        gait = self.cfg.gait
        return super().layout | {"gait_clock": {"frequency": gait.frequency, "offsets": gait.offsets}}
