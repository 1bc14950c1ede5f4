import math
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.commands import Commands, beyond_training
from legged_gym.envs.base import commands as environment
from legged_gym.tasks import get_cfgs

SETTINGS = class_to_dict(get_cfgs("go2_rough")[0].commands)


def begun(leaves_tile: bool, yaw: float = 0.0, seed: int = 0, **changes: Any) -> Commands:
    commands = Commands(SETTINGS | changes, leaves_tile, None, dt=0.02)
    commands.begin(np.random.default_rng(seed), yaw)
    return commands


def test_out_of_a_tile_straight_ahead() -> None:
    speeds = [begun(leaves_tile=True, seed=seed).advance(0.0)[0] for seed in range(200)]
    assert 0.5 <= min(speeds) < 0.52 and 0.98 < max(speeds) <= 1.0
    commands = begun(leaves_tile=True, yaw=3.0)
    first = commands.advance(3.0)
    assert first[1] == first[2] == 0.0
    for _ in range(999):
        assert commands.advance(3.0) == pytest.approx(first)


@pytest.mark.parametrize(("heading", "yaw"), [(0.4, 0.0), (-3.0, 3.0), (2.9, -0.4), (1.0, 1.0)])
def test_steers_as_the_environment(heading: float, yaw: float) -> None:
    cfg = get_cfgs("go2_rough")[0]
    env = environment.Commands(cfg, 1, 0.02, torch.device("cpu"))
    env.values[:, environment.HEADING] = heading
    env.steer(torch.tensor([[math.cos(yaw), math.sin(yaw)]]))
    rate = begun(leaves_tile=True, yaw=heading).advance(yaw)[2]
    assert rate == pytest.approx(env.values[0, environment.YAW_RATE].item(), abs=1e-5)


def test_elsewhere_drawn_every_ten_seconds() -> None:
    commands = begun(leaves_tile=False)
    planar = np.array([commands.advance(0.0)[:2] for _ in range(1000)])
    assert (planar[:500] == planar[0]).all() and (planar[500:] == planar[500]).all()
    assert (planar[0] != planar[500]).any()
    draws = np.array([begun(leaves_tile=False, seed=seed).advance(0.0) for seed in range(400)])
    norms = np.linalg.norm(draws[:, :2], axis=1)
    assert (norms == 0.0).mean() == pytest.approx(math.pi * 0.2**2 / 4, abs=0.03)
    assert norms[norms > 0].min() > 0.2 and draws[:, :2].max() > 0.95 and draws[:, :2].min() < -0.95
    for seed in range(9):
        assert not begun(False, seed=seed, standing_fraction=1.0).advance(0.0).any()


def test_commands_within_the_dead_zone_are_none() -> None:
    zone = {"dead_zone": [0.5, 0.5, 0.5], "min_norm": 0.0, "heading_command": False}
    draws = np.abs([begun(False, seed=seed, **zone).advance(0.0) for seed in range(400)])
    none = (draws == 0.0).all(axis=1)
    assert none.mean() == pytest.approx(0.5**3, abs=0.05) and (draws[~none].max(axis=1) > 0.5).all()


def test_a_fixed_command_is_never_changed() -> None:
    commands = Commands(SETTINGS, True, (0.3, -0.2, 0.7), dt=0.02)
    commands.begin(np.random.default_rng(0), 0.0)
    assert [list(commands.advance(yaw)) for yaw in (0.0, 2.0)] == [[0.3, -0.2, 0.7]] * 2


def test_a_command_beyond_all_of_training_is_named() -> None:
    ranges = {"lin_vel_x": [-1.0, 1.0], "lin_vel_y": [-0.5, 0.5], "ang_vel_yaw": [-2.0, 2.0], "heading": [-3.0, 3.0]}
    assert beyond_training((1.0, -0.5, 0.0), ranges) is None
    told = "lin_vel_x = 3 (trained: -1 to 1), ang_vel_yaw = -4 (trained: -2 to 2)"
    assert beyond_training((3.0, 0.0, -4.0), ranges) == f"--command is beyond what the policy was trained on: {told}"
