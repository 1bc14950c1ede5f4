"""Velocity commands of an operator in a hurry: stops, reversals, extremes, slow and turning ones."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import torch

from legged_gym.config.fields import Length, Share
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import DurationRange, Speed
from legged_gym.config.suggest import nearest
from legged_gym.envs.base.commands import HEADING, LIN_VEL_X, LIN_VEL_Y, YAW_RATE, Commands
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.terrain.kinds import GENERATORS
from legged_gym.utils.math import uniform

AGILE = (
    "hold_time", "free_share", "straight_share", "reversal_share", "extreme_share", "slow_share", "slow_part",
    "turning_share", "bounds_on",
)  # fmt: skip
"""Settings of `AgileCommandsCfg` that `agile` turns on."""
STANDING, REVERSAL, EXTREME, SLOW, TURNING, ORDINARY, STRAIGHT = range(7)
"""Kinds of commands; ordinary ones are drawn uniformly."""
STRAIGHT_PART = 0.5
"""Of the largest forward velocity: the slowest that robots are sent straight ahead with."""


class AgileCommandsCfg(LeggedRobotCfg.commands):
    """Shares of kinds of commands; what they leave is drawn uniformly. `standing_fraction` is that of sudden stops."""

    agile: bool = True
    """Draw commands as below; off: as any task does, from `ranges` alone (evaluation, watching)."""
    hold_time: DurationRange = [3.0, 10.0]
    """Time between new commands, s, drawn for each; in the place of `resampling_time`."""
    free_share: Share = 0.4
    """Share of the episodes whose yaw rate is drawn, with no heading to turn to."""
    straight_share: Share = 0.0
    """Share of the episodes with one command from beginning to end: straight ahead to one heading, with half to all of
    the largest forward velocity."""
    standing_fraction = 0.1
    reversal_share: Share = 0.1
    """The last command backwards, at once."""
    extreme_share: Share = 0.2
    """Each velocity at its lower bound, none, or at its upper bound."""
    slow_share: Share = 0.1
    """Drawn from `slow_part` of the ranges."""
    slow_part: Share = 0.2
    turning_share: Share = 0.1
    """Turning on the spot; half of them slowly, within `slow_part` of the range."""
    bounds_on: dict[str, Annotated[list[Speed], Length(3)]] = {}
    """Largest forward, sideways and yaw velocity on terrain types, m/s and rad/s; others have `ranges`."""

    def idle(self) -> Idle:
        """What is of commands that are drawn otherwise."""
        yield from super().idle()
        if not self.agile:
            yield from ((name, "commands.agile is off") for name in AGILE)
            return
        yield "resampling_time", "commands.agile is on: hold_time holds"
        yield "min_norm", "commands.agile is on: dead_zone holds"
        if not self.heading_command:
            yield "free_share", "commands.heading_command is off"
        if self.slow_share == 0.0:
            yield "slow_part", "commands.slow_share is 0"

    def contradictions(self) -> Iterator[str]:
        """Shares that are more than all, terrain that there is not, ranges that lack what is to be drawn of them."""
        total = self.standing_fraction + self.reversal_share + self.extreme_share + self.slow_share + self.turning_share
        if total > 1.0 + 1e-9:
            yield f"commands: the shares of kinds of commands add up to {total:g}, more than 1"
        for name in self.bounds_on:
            if name not in GENERATORS and ":" not in name:
                yield f"commands.bounds_on: unknown terrain type {name!r}{nearest(name, GENERATORS)}"
        if not self.agile:
            return
        if self.curriculum:
            yield "commands.curriculum widens a range that commands.agile does not draw from: turn one of them off"
        if self.straight_share > 0.0 and self.ranges.lin_vel_x[1] <= 0.0:
            yield "commands.straight_share sends robots ahead, but commands.ranges.lin_vel_x has no forward velocity"


def without_agility(cfg: Any) -> dict[str, bool]:
    """Settings by dotted key with which a task's commands are drawn as any other's."""
    return {"commands.agile": False} if hasattr(cfg.commands, "agile") else {}


class AgileCommands(Commands):
    """`Commands` of several kinds, within bounds that depend on the ground."""

    cfg: AgileCommandsCfg

    def __init__(
        self,
        robot_cfg: Any,
        num_envs: int,
        dt: float,
        device: torch.device,
        type_names: Sequence[str],
        types: torch.Tensor,
    ) -> None:
        """Set up.

        Args:
            robot_cfg: the environment's configuration, with `AgileCommandsCfg`.
            num_envs: N.
            dt: control step, s.
            device: of all tensors.
            type_names: terrain type of each column of the map.
            types: column that each environment is on [N], long; it may change in place.
        """
        super().__init__(robot_cfg, num_envs, dt, device)
        cfg, self._types = self.cfg, types
        self.course = torch.zeros_like(self.course)
        self._bounds = self.ranges.repeat(len(type_names), 1, 1)
        """Bounds of each command on each column of the map [C, 4, 2]."""
        for column, name in enumerate(type_names):
            if name in cfg.bounds_on:
                most = torch.tensor(cfg.bounds_on[name], device=device)
                self._bounds[column, :HEADING] = torch.stack((-most, most), dim=1)
        shares = (cfg.standing_fraction, cfg.reversal_share, cfg.extreme_share, cfg.slow_share, cfg.turning_share)
        self._edges = torch.tensor(shares, device=device).cumsum(0)
        self.free = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Whose yaw rate is drawn in this episode [N]."""
        self.straight = torch.zeros_like(self.free)
        """Who is sent straight ahead in this episode [N]."""
        self.steered = torch.zeros_like(self.free)
        """Whose yaw rate follows a heading under the present command [N]."""

    def resample(self, mask: torch.Tensor) -> None:
        """Draw new commands for the environments in `mask` [N] bool."""
        if not self.cfg.agile:
            super().resample(mask)
            return
        kind = torch.bucketize(torch.rand_like(self.time_left), self._edges, right=True)
        kind.masked_fill_(self.straight, STRAIGHT)
        fresh = self._draw(kind)
        fresh[:, :HEADING] *= self._beyond_dead_zone(fresh)[:, None]
        self.values.copy_(torch.where(mask[:, None], fresh, self.values))
        shortest, longest = self.cfg.hold_time
        held = uniform(tuple(mask.shape), shortest, longest, mask.device).masked_fill_(self.straight, torch.inf)
        self.time_left.copy_(torch.where(mask, held, self.time_left))
        if self.cfg.heading_command:
            steered = self.straight | ~(self.free | (kind == STANDING) | (kind == TURNING))
            self.steered.copy_(torch.where(mask, steered, self.steered))

    def _draw(self, kind: torch.Tensor) -> torch.Tensor:
        """Commands [N, 4] of kinds [N]."""
        low, high = self._bounds[self._types].unbind(dim=2)
        draw = torch.rand_like(self.values)
        ordinary = low + draw * (high - low)
        extreme = torch.where(draw < 1 / 3, low, torch.where(draw < 2 / 3, 0.0, high))
        extreme[:, HEADING] = ordinary[:, HEADING]
        slow = torch.cat((self.cfg.slow_part * ordinary[:, :HEADING], ordinary[:, HEADING:]), dim=1)
        turning = torch.where(draw[:, HEADING:] < 0.5, slow, ordinary)  # who turns on the spot has no heading
        turning[:, :YAW_RATE] = 0.0
        back = torch.cat((-self.values[:, :HEADING], self.values[:, HEADING:]), dim=1)
        standing = torch.zeros_like(ordinary)
        straight = torch.cat((standing[:, :HEADING], ordinary[:, HEADING:]), dim=1)
        straight[:, LIN_VEL_X] = high[:, LIN_VEL_X] * (STRAIGHT_PART + (1.0 - STRAIGHT_PART) * draw[:, LIN_VEL_X])
        choices = torch.stack((standing, back, extreme, slow, turning, ordinary, straight))
        return choices.gather(0, kind[None, :, None].expand(1, *ordinary.shape))[0]

    def advance(self, heading: torch.Tensor, fresh: torch.Tensor) -> None:
        free = torch.rand_like(self.time_left) < self.cfg.free_share
        straight = torch.rand_like(self.time_left) < self.cfg.straight_share
        self.free.copy_(torch.where(fresh, free, self.free))
        self.straight.copy_(torch.where(fresh, straight, self.straight))
        super().advance(heading, fresh)

    def steer(self, heading: torch.Tensor) -> None:
        """Set the yaw rate commands of those that turn to a heading."""
        drawn = self.values[:, YAW_RATE].clone()
        super().steer(heading)
        if self.cfg.agile:
            self.values[:, YAW_RATE] = torch.where(self.steered, self.values[:, YAW_RATE], drawn)

    def set_course(self, heading: torch.Tensor) -> None:
        """Set it to the commanded velocity as it will be once a robot has turned to its heading, if it has one.

        Paid for way along the velocity in its own frame, `go2_blind` turned from every slope and step, and walked on.
        """
        angle = self.left_to_turn(heading) * self.steered
        x, y = self.values[:, LIN_VEL_X], self.values[:, LIN_VEL_Y]
        cos, sin = angle.cos(), angle.sin()
        torch.stack((cos * x - sin * y, sin * x + cos * y), dim=1, out=self.course)
