"""Velocity commands."""

import math

import pytest
import torch

from legged_gym.envs.base.commands import Commands
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg

CPU = torch.device("cpu")


def make_commands(n: int, **settings: object) -> Commands:
    cfg = LeggedRobotCfg()
    for name, value in settings.items():
        setattr(cfg.commands, name, value)
    return Commands(cfg, n, 0.02, CPU)


def test_draws_fill_their_ranges_and_small_commands_become_zero() -> None:
    torch.manual_seed(0)
    commands = make_commands(20000, min_norm=0.2)
    commands.resample(torch.ones(20000, dtype=torch.bool))
    low, high = commands.values.amin(dim=0), commands.values.amax(dim=0)
    torch.testing.assert_close(low, torch.tensor([-1.0, -1.0, -1.0, -3.14]), atol=0.01, rtol=0.0)
    torch.testing.assert_close(high, torch.tensor([1.0, 1.0, 1.0, 3.14]), atol=0.01, rtol=0.0)
    norm = commands.values[:, :2].norm(dim=1)
    assert not ((norm > 0.0) & (norm <= 0.2)).any()
    assert abs((norm == 0.0).float().mean().item() - math.pi * 0.04 / 4.0) < 0.01  # disc of radius 0.2 in the square


def test_commands_change_only_where_their_time_is_over() -> None:
    commands = make_commands(3, resampling_time=0.1, heading_command=False)
    heading = torch.tensor([[1.0, 0.0]]).repeat(3, 1)
    fresh = torch.tensor([True, True, True])
    commands.advance(heading, fresh)
    commands.time_left[1] = 0.01
    before = commands.values.clone()
    commands.advance(heading, torch.tensor([False, False, True]))
    changed = (commands.values != before).any(dim=1)
    assert changed.tolist() == [False, True, True]


def test_heading_error_steers_with_bounded_rate() -> None:
    commands = make_commands(4)
    commands.values[:, 3] = torch.tensor([0.5, 3.0, -3.0, 0.0])
    angle = torch.tensor([0.0, 0.0, 3.0, 0.4])
    commands.steer(torch.stack((torch.cos(angle), torch.sin(angle)), dim=1))
    expected = [0.25, 1.0, 0.5 * (2 * math.pi - 6.0), -0.2]  # third: the short way round
    torch.testing.assert_close(commands.values[:, 2], torch.tensor(expected), atol=1e-5, rtol=0.0)


def test_commands_within_the_dead_zone_become_zero() -> None:
    torch.manual_seed(0)
    commands = make_commands(20000, min_norm=0.0, dead_zone=[0.1, 0.2, 0.5])
    commands.resample(torch.ones(20000, dtype=torch.bool))
    values = commands.values[:, :3]
    within = (values.abs() <= torch.tensor([0.1, 0.2, 0.5])).all(dim=1)
    assert torch.equal(within, (values == 0.0).all(dim=1)) and torch.equal(within, ~commands.moving())
    assert within.float().mean().item() == pytest.approx(0.1 * 0.2 * 0.5, abs=0.003)
    commands.values[:2, :3] = torch.tensor([[0.1, -0.2, 0.5], [0.0, 0.0, -0.51]])
    assert commands.moving()[:2].tolist() == [False, True]


def test_standing_share() -> None:
    torch.manual_seed(0)
    commands = make_commands(20000, standing_fraction=0.3, min_norm=0.0, heading_command=False)
    commands.resample(torch.ones(20000, dtype=torch.bool))
    standing = (commands.values[:, :3] == 0.0).all(dim=1)
    assert abs(standing.float().mean().item() - 0.3) < 0.01


def test_who_is_told_to_stand_turns_to_no_heading() -> None:
    """Until its next command; the draws of others do not matter."""
    torch.manual_seed(0)
    commands = make_commands(2, standing_fraction=1.0, resampling_time=1.0)
    backwards = torch.tensor([[-1.0, 1e-3]]).repeat(2, 1)
    commands.advance(backwards, torch.tensor([True, True]))
    assert not commands.values[:, :3].any()
    commands.cfg.standing_fraction = 1e-30
    commands.ranges[3] = 0.5
    commands.advance(backwards, torch.tensor([False, True]))
    assert not commands.values[0, :3].any()
    assert commands.values[1, 2] == -1.0  # turns by more than a quarter, as fast as it may
