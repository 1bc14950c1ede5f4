"""Velocity commands: drawn at random, resampled as time passes, turned by a heading where one is commanded."""

import torch

from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.interface.commands import asks_for_motion
from legged_gym.utils.math import wrap_to_pi
from robust_parallel.saved import checked

LIN_VEL_X, LIN_VEL_Y, YAW_RATE, HEADING = range(4)
MOST = 100.0
"""Of a command, m/s or rad/s or rad: what configurations may ask for."""


class Commands:
    """Commands of N environments: forward, sideways and yaw velocity (m/s, rad/s) and heading (rad)."""

    def __init__(self, robot_cfg: LeggedRobotCfg, num_envs: int, dt: float, device: torch.device) -> None:
        self.cfg = cfg = robot_cfg.commands
        self.dt = dt
        self.keeps_heading = False
        """Whether the heading commanded in an episode is the one a robot begins it with: it is sent straight ahead.
        To be set before the first step."""
        self.values = torch.zeros(num_envs, 4, device=device)
        """Present commands [N, 4]."""
        ranges = (cfg.ranges.lin_vel_x, cfg.ranges.lin_vel_y, cfg.ranges.ang_vel_yaw, cfg.ranges.heading)
        self.course = self.values[:, :YAW_RATE]
        """Planar velocity along which robots are to make way, in the frame of their bases [N, 2], m/s."""
        self.ranges = torch.tensor(ranges, device=device, dtype=torch.float32)
        """Lower and upper bound of each command [4, 2]; the curriculum widens the first."""
        self._dead_zone = torch.tensor(cfg.dead_zone, device=device)
        self.time_left = torch.zeros(num_envs, device=device)
        """Time until the next command, s [N]."""
        self.standing = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Who is told to stand, by `standing_fraction`, and turns to no heading [N]."""

    def restore(self, ranges: torch.Tensor) -> None:
        """Take up saved ranges [4, 2].

        Raises:
            ValueError: they are none.
        """
        ranges = checked("command_ranges", ranges, self.ranges, -MOST, MOST)
        if (ranges[:, 0] > ranges[:, 1]).any():
            raise ValueError("command_ranges has a lower bound above its upper one")
        self.ranges.copy_(ranges)

    def resample(self, mask: torch.Tensor) -> None:
        """Draw new commands for the environments in `mask` [N] bool."""
        draw = torch.rand_like(self.values)
        fresh = self.ranges[:, 0] + draw * (self.ranges[:, 1] - self.ranges[:, 0])
        moving = torch.linalg.vector_norm(fresh[:, :2], dim=1) > self.cfg.min_norm
        if self.cfg.standing_fraction > 0.0:
            standing = torch.rand_like(self.time_left) < self.cfg.standing_fraction
            self.standing.copy_(torch.where(mask, standing, self.standing))
            moving &= ~standing
            fresh[:, YAW_RATE] *= ~standing
        fresh[:, :2] *= moving[:, None]
        fresh[:, :HEADING] *= self._beyond_dead_zone(fresh)[:, None]
        self.values.copy_(torch.where(mask[:, None], fresh, self.values))
        self.time_left.masked_fill_(mask, self.cfg.resampling_time)

    def moving(self) -> torch.Tensor:
        """Whether each robot is commanded to move [N] bool."""
        return self._beyond_dead_zone(self.values)

    def _beyond_dead_zone(self, values: torch.Tensor) -> torch.Tensor:
        return asks_for_motion(values[:, :HEADING], self._dead_zone)

    def advance(self, heading: torch.Tensor, fresh: torch.Tensor) -> None:
        """Let one control step pass: resample what is due, and steer towards the commanded headings.

        Args:
            heading: the base's heading as a unit vector [N, 2] in the world.
            fresh: environments [N] bool that begin an episode.
        """
        self.time_left -= self.dt
        self.resample(fresh | (self.time_left <= 0.0))
        if self.keeps_heading:
            own = torch.atan2(heading[:, 1], heading[:, 0])
            self.values[:, HEADING] = torch.where(fresh, own, self.values[:, HEADING])
        if self.cfg.heading_command:
            self.steer(heading)

    def steer(self, heading: torch.Tensor) -> None:
        """Set the yaw rate commands from the error to the commanded headings, but for robots that are to stand."""
        rate = self.cfg.heading_stiffness * self.left_to_turn(heading)
        bounded = torch.clamp(rate, self.ranges[YAW_RATE, 0], self.ranges[YAW_RATE, 1])
        self.values[:, YAW_RATE] = bounded * ~self.standing

    def left_to_turn(self, heading: torch.Tensor) -> torch.Tensor:
        """Angles from the headings, unit vectors [N, 2] in the world, to the commanded ones [N], rad."""
        return wrap_to_pi(self.values[:, HEADING] - torch.atan2(heading[:, 1], heading[:, 0]))

    def set_course(self, heading: torch.Tensor) -> None:
        """Set `course` for robots that head along unit vectors [N, 2] in the world; here it is the commands' own."""
