"""Velocity commands of an operator in a hurry: stops, reversals, extremes, slow and turning ones."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import torch

from legged_gym.config.fields import Length, Share
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import DurationRange, Speed
from legged_gym.envs.base.commands import HEADING, LIN_VEL_X, LIN_VEL_Y, YAW_RATE, Commands
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.terrain.columns import column_types, type_of
from legged_gym.terrain.config import TerrainCfg
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import uniform

DRAWN = (
    "hold_time", "free_share", "reversal_share", "extreme_share", "slow_share", "slow_part", "turning_share",
)  # fmt: skip
"""Settings of `AgileCommandsCfg` for the episodes that do not go straight ahead."""
AGILE = (*DRAWN, "straight_share", "bounds_on")
"""All that `agile` turns on."""
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
        if self.slow_share == self.turning_share == 0.0:
            yield "slow_part", "commands.slow_share and commands.turning_share are 0"
        if self.straight_share == 1.0:
            yield from ((name, "commands.straight_share is 1") for name in (*DRAWN, "standing_fraction"))

    def idle_on(self, terrain: TerrainCfg) -> Idle:
        """Bounds on terrain types that there are none of."""
        if not self.agile:
            return
        on_plane = terrain.mesh_type == "plane"
        present = () if on_plane else column_types(terrain.terrain_proportions, terrain.num_cols)
        for name in self.bounds_on:
            if type_of(name) not in present:
                yield f"bounds_on.{name}", "terrain.mesh_type is plane" if on_plane else f"the map has no {name}"

    def contradictions(self) -> Iterator[str]:
        """Shares that are more than all, terrain that there is not, ranges without what is to be drawn of them."""
        total = self.standing_fraction + self.reversal_share + self.extreme_share + self.slow_share + self.turning_share
        if total > 1.0 + 1e-9:
            yield f"commands: the shares of kinds of commands add up to {total:g}, more than 1"
        yield from self._unknown_ground()
        if not self.agile:
            return
        if self.curriculum:
            yield "commands.curriculum widens a range that commands.agile does not draw from: turn one of them off"
        for place, (forward, *others) in self._ranges_by_place().items():
            if not any(map(any, (forward, *others))):
                yield f"{place} has no velocity but 0: with commands.agile robots would be told to stand alone"
            elif self.straight_share > 0.0 and forward[1] <= 0.0:
                yield f"commands.straight_share sends robots ahead, but {place} has no forward velocity"

    def _ranges_by_place(self) -> dict[str, list[list[float]]]:
        """Ranges of forward, sideways and yaw velocity, m/s and rad/s, by the setting that says them."""
        ranges = {"commands.ranges": [self.ranges.lin_vel_x, self.ranges.lin_vel_y, self.ranges.ang_vel_yaw]}
        bounds_on = {f"commands.bounds_on.{name}": bounds for name, bounds in self.bounds_on.items()}
        return ranges | {place: [[-most, most] for most in bounds] for place, bounds in bounds_on.items()}

    def _unknown_ground(self) -> Iterator[str]:
        """Terrain types that there are not, or that are named twice."""
        types: list[str] = []
        for name in self.bounds_on:
            try:
                types.append(type_of(name))
            except UserError as error:
                yield f"commands.bounds_on: {error}"
        for kind in types:
            if types.count(kind) > 1:
                yield f"commands.bounds_on names terrain type {kind} twice"


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
        bounds_on = {type_of(name): bounds for name, bounds in cfg.bounds_on.items()}
        for column, name in enumerate(type_names):
            if name in bounds_on:
                most = torch.tensor(bounds_on[name], device=device)
                self._bounds[column, :HEADING] = torch.stack((-most, most), dim=1)
        shares = (cfg.standing_fraction, cfg.reversal_share, cfg.extreme_share, cfg.slow_share, cfg.turning_share)
        self._edges = torch.tensor(shares, device=device).cumsum(0)
        self.free = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Whose yaw rate is drawn in this episode [N]."""
        self.straight = torch.zeros_like(self.free)
        """Who is sent straight ahead in this episode [N]."""
        self._is_first = torch.zeros_like(self.free)
        """Whose next command is the first of its episode, so that there is none to reverse [N]."""
        self.steered = torch.zeros_like(self.free)
        """Whose yaw rate follows a heading under the present command [N]."""

    def resample(self, mask: torch.Tensor) -> None:
        """Draw new commands for the environments in `mask` [N] bool."""
        if not self.cfg.agile:
            super().resample(mask)
            return
        kind = torch.bucketize(torch.rand_like(self.time_left), self._edges, right=True)
        kind.masked_fill_((kind == REVERSAL) & self._is_first, ORDINARY)
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
        against = (-self.values[:, :HEADING]).clamp(low[:, :HEADING], high[:, :HEADING])
        back = torch.cat((against, self.values[:, HEADING:]), dim=1)
        standing = torch.zeros_like(ordinary)
        straight = torch.cat((standing[:, :HEADING], ordinary[:, HEADING:]), dim=1)
        straight[:, LIN_VEL_X] = high[:, LIN_VEL_X] * (STRAIGHT_PART + (1.0 - STRAIGHT_PART) * draw[:, LIN_VEL_X])
        choices = torch.stack((standing, back, extreme, slow, turning, ordinary, straight))
        return choices.gather(0, kind[None, :, None].expand(1, *ordinary.shape))[0]

    def advance(self, heading: torch.Tensor, fresh: torch.Tensor) -> None:
        free = torch.rand_like(self.time_left) < self.cfg.free_share
        straight = torch.rand_like(self.time_left) < self.cfg.straight_share
        self._is_first.copy_(fresh)
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
