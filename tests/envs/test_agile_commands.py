"""Velocity commands of several kinds."""

import math
from typing import Any

import pytest
import torch

from legged_gym.config.checks import check_config
from legged_gym.envs.base.agile_commands import AgileCommands, AgileCommandsCfg, without_agility
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.terrain.kinds import GENERATORS
from legged_gym.utils.errors import UserError

CPU = torch.device("cpu")
N = 20000
EVERYONE = torch.ones(N, dtype=torch.bool)
AHEAD = torch.tensor([[1.0, 0.0]]).repeat(N, 1)
NONE = dict.fromkeys(("standing_fraction", "reversal_share", "extreme_share", "slow_share", "turning_share"), 0.0)


class Cfg(LeggedRobotCfg):
    class commands(AgileCommandsCfg):
        min_norm = 0.0
        dead_zone = [0.0, 0.0, 0.0]


class Backwards(AgileCommandsCfg.ranges):
    lin_vel_x = [-1.0, 0.0]


class Nowhere(AgileCommandsCfg.ranges):
    lin_vel_x = lin_vel_y = ang_vel_yaw = [0.0, 0.0]


LEVEL = f"{GENERATORS['level'].__module__}:level"
"""The same terrain type by its place."""


def make_commands(types: torch.Tensor | None = None, dt: float = 0.02, **settings: Any) -> AgileCommands:
    torch.manual_seed(0)
    cfg = Cfg()
    for name, value in settings.items():
        setattr(cfg.commands, name, value)
    columns = torch.zeros(N, dtype=torch.long) if types is None else types
    return AgileCommands(cfg, N, dt, CPU, ["stairs_up", "level"], columns)


def share(mask: torch.Tensor) -> float:
    return mask.float().mean().item()


def next_after(commands: AgileCommands, values: torch.Tensor) -> None:
    """Let the next command come after these [4]."""
    commands.values.copy_(values)
    commands.time_left.zero_()
    commands.advance(AHEAD, ~EVERYONE)


def test_kinds_come_in_their_shares() -> None:
    commands = make_commands(free_share=1.0)
    commands.advance(AHEAD, EVERYONE)
    next_after(commands, torch.tensor([0.3, -0.4, 0.5, 1.0]))
    planar, yaw = commands.values[:, :2], commands.values[:, 2]
    assert abs(share((commands.values[:, :3] == 0.0).all(dim=1)) - (0.1 + 0.2 / 27)) < 0.01  # stops, and none of all
    assert abs(share((commands.values[:, :3] == torch.tensor([-0.3, 0.4, -0.5])).all(dim=1)) - 0.1) < 0.01
    bound = ((planar.abs() == 1.0) | (planar == 0.0)).all(dim=1) & ((yaw.abs() == 1.0) | (yaw == 0.0))
    assert abs(share(bound) - (0.2 + 0.1)) < 0.01  # extremes, and stops
    turning = (planar == 0.0).all(dim=1) & (yaw != 0.0) & (yaw.abs() != 1.0)
    assert abs(share(turning) - 0.1) < 0.01


def test_slow_ones_are_within_their_part_of_the_ranges() -> None:
    commands = make_commands(**{**NONE, "slow_share": 1.0}, slow_part=0.2, free_share=1.0)
    commands.advance(AHEAD, EVERYONE)
    assert 0.19 < commands.values[:, :3].abs().max() <= 0.2


def test_half_of_the_turns_on_the_spot_are_slow() -> None:
    commands = make_commands(**{**NONE, "turning_share": 1.0}, slow_part=0.2)
    commands.advance(AHEAD, EVERYONE)
    assert (commands.values[:, :2] == 0.0).all() and not commands.steered.any()
    rate = commands.values[:, 2].abs()
    # Of the others, which are within 1 rad/s, a fifth is slow by chance.
    assert abs(share(rate <= 0.2) - (0.5 + 0.5 * 0.2)) < 0.01 and 0.99 < rate.max() <= 1.0
    assert abs(share(commands.values[:, 2] > 0.0) - 0.5) < 0.01


@pytest.mark.parametrize("name", ["level", LEVEL])
def test_bounds_are_those_of_the_ground(name: str) -> None:
    """The column of each robot counts as it is now, not as it was at the start."""
    types = torch.arange(N) % 2
    commands = make_commands(types, **NONE, bounds_on={name: [2.0, 0.5, 3.0]}, free_share=1.0)
    types.copy_(1 - types)
    commands.advance(AHEAD, EVERYONE)
    for column, expected in ((0, [1.0, 1.0, 1.0]), (1, [2.0, 0.5, 3.0])):
        drawn = commands.values[types == column, :3].abs().amax(dim=0)
        torch.testing.assert_close(drawn, torch.tensor(expected), atol=0.01, rtol=0.0)


def test_only_some_episodes_turn_to_a_heading_and_none_that_stands() -> None:
    commands = make_commands(**{**NONE, "standing_fraction": 0.5}, free_share=0.4)
    commands.advance(AHEAD, EVERYONE)
    steered = (commands.values[:, 2] - (0.5 * commands.values[:, 3]).clamp(-1.0, 1.0)).abs() < 1e-6
    standing = (commands.values[:, :3] == 0.0).all(dim=1)
    assert abs(share(standing) - 0.5) < 0.01 and abs(share(steered & ~standing) - 0.5 * 0.6) < 0.01
    assert torch.equal(commands.steered, steered & ~standing)
    free = commands.free.clone()
    commands.resample(EVERYONE)
    assert torch.equal(commands.free, free)  # for a whole episode


def test_a_reversal_keeps_the_heading() -> None:
    commands = make_commands(**{**NONE, "reversal_share": 1.0}, free_share=0.0)
    commands.advance(AHEAD, EVERYONE)
    next_after(commands, torch.tensor([0.8, 0.1, 0.0, 0.4]))
    torch.testing.assert_close(commands.values[0], torch.tensor([-0.8, -0.1, 0.2, 0.4]))


def test_a_reversal_stays_within_the_bounds_and_an_episode_does_not_begin_with_one() -> None:
    """What an episode before was told is nothing to reverse: on a crossing that was up to 1.5 m/s, of 1 elsewhere."""
    commands = make_commands(**{**NONE, "reversal_share": 1.0}, free_share=1.0)
    commands.values.copy_(torch.tensor([1.5, 0.2, 0.3, 0.0]))
    commands.advance(AHEAD, EVERYONE)
    assert abs(share(commands.values[:, 0] < 0.0) - 0.5) < 0.01 and commands.values[:, :3].min() >= -1.0
    next_after(commands, torch.tensor([1.5, 0.2, 0.3, 0.0]))
    torch.testing.assert_close(commands.values[:, :3], torch.tensor([[-1.0, -0.2, -0.3]]).expand(N, 3))


def test_some_episodes_go_straight_ahead_from_beginning_to_end() -> None:
    types = torch.arange(N) % 2
    commands = make_commands(types, 0.1, straight_share=0.4, free_share=0.5, bounds_on={"level": [2.0, 1.0, 2.0]})
    commands.advance(AHEAD, EVERYONE)
    straight = commands.straight.clone()
    assert abs(share(straight) - 0.4) < 0.01 and commands.steered[straight].all()
    for column, fastest in ((0, 1.0), (1, 2.0)):
        forward = commands.values[straight & (types == column), 0]
        assert 0.5 * fastest <= forward.min() < 0.51 * fastest and 0.99 * fastest < forward.max() <= fastest
    assert (commands.values[straight, 1] == 0.0).all()
    towards = (0.5 * commands.values[straight, 3]).clamp(-1.0, 1.0)
    torch.testing.assert_close(commands.values[straight, 2], towards)
    before = commands.values.clone()
    for _ in range(200):  # 20 s
        commands.advance(AHEAD, ~EVERYONE)
    kept = (commands.values == before).all(dim=1)
    assert kept[straight].all() and share(kept & ~straight) < 0.05  # stops that follow one another
    commands.advance(AHEAD, EVERYONE)
    assert abs(share(straight & commands.straight) - 0.16) < 0.01  # drawn anew in each episode


def test_each_command_holds_for_a_time_of_its_own() -> None:
    commands = make_commands(hold_time=[1.0, 3.0])
    commands.advance(AHEAD, EVERYONE)
    assert 1.0 <= commands.time_left.min() < 1.01 and 2.99 < commands.time_left.max() <= 3.0
    before = commands.values.clone()
    for _ in range(49):  # 0.98 s
        commands.advance(AHEAD, ~EVERYONE)
    assert torch.equal(commands.values, before)


def test_without_agility_commands_are_those_of_any_task() -> None:
    cfg = Cfg()
    assert without_agility(cfg) == {"commands.agile": False} and without_agility(LeggedRobotCfg()) == {}
    commands = make_commands(agile=False, standing_fraction=0.0, bounds_on={"stairs_up": [9.0, 9.0, 9.0]})
    commands.advance(AHEAD, EVERYONE)
    assert commands.values[:, :3].abs().max() <= 1.0 and commands.time_left.unique().tolist() == [10.0]
    expected = (0.5 * commands.values[:, 3]).clamp(-1.0, 1.0)
    torch.testing.assert_close(commands.values[:, 2], expected)
    assert commands.values[:, 3].abs().max() <= math.pi


def test_without_headings_nobody_turns_to_one_and_way_is_along_the_command() -> None:
    commands = make_commands(**NONE, heading_command=False, straight_share=0.5, free_share=0.0)
    commands.advance(AHEAD, EVERYONE)
    commands.set_course(AHEAD)
    assert not commands.steered.any() and 0.45 < share(commands.straight) < 0.55
    torch.testing.assert_close(commands.course, commands.values[:, :2])


@pytest.mark.parametrize(
    "settings, told",
    [
        ({"extreme_share": 0.7}, "the shares of kinds of commands add up to 1.1, more than 1"),
        ({"curriculum": True}, "widens a range that commands.agile does not draw from"),
        ({"straight_share": 0.1, "ranges": Backwards}, "commands.ranges has no forward velocity"),
        ({"straight_share": 0.1, "bounds_on": {"level": [0.0, 1.0, 1.0]}}, "bounds_on.level has no forward velocity"),
        ({"bounds_on": {"level": [0.0, 0.0, 0.0]}}, "bounds_on.level has no velocity but 0"),
        ({"ranges": Nowhere}, "commands.ranges has no velocity but 0"),
        ({"bounds_on": {"levle": [1.0, 1.0, 1.0]}}, "unknown terrain type 'levle'; did you mean level"),
        ({"bounds_on": {"nowhere:gap": [1.0, 1.0, 1.0]}}, "cannot import 'nowhere'"),
        ({"bounds_on": {f"{LEVEL}s": [1.0, 1.0, 1.0]}}, "has no 'levels'; did you mean level"),
        ({"bounds_on": dict.fromkeys(("level", LEVEL), [1.0, 1.0, 1.0])}, "names terrain type level twice"),
    ],
)
def test_what_cannot_be_is_told(settings: dict[str, Any], told: str) -> None:
    cfg = Cfg()
    for name, value in settings.items():
        setattr(cfg.commands, name, value)
    with pytest.raises(UserError, match=told):
        check_config(cfg)
