"""Terrain levels and command ranges."""

from types import SimpleNamespace

import numpy as np
import torch

from legged_gym.envs.base.commands import Commands
from legged_gym.envs.base.curriculum import CommandCurriculum, TerrainCurriculum
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg

CPU = torch.device("cpu")


def make_terrain_curriculum(n: int, levels: int = 4, active: bool = True) -> TerrainCurriculum:
    relief = np.zeros((levels, 2))
    origins = np.zeros((levels, 2, 3), np.float32)
    terrain = SimpleNamespace(env_origins=origins, relief=lambda: relief)
    curriculum = TerrainCurriculum(terrain, n, max_init_level=1, active=active, device=CPU)  # type: ignore[arg-type]
    curriculum.levels.fill_(2)
    return curriculum


def walk(curriculum: TerrainCurriculum, command: list[float], velocity: list[float], seconds: float) -> None:
    n = len(curriculum.levels)
    rows = torch.tensor([command]).repeat(n, 1), torch.tensor([velocity]).repeat(n, 1)
    curriculum.record(*rows, dt=seconds)


def test_up_by_distance_down_by_lack_of_progress_else_the_same() -> None:
    curriculum = make_terrain_curriculum(4)
    walk(curriculum, [1.0, 0.0], [0.4, 0.0], seconds=10.0)
    ended = torch.tensor([True, True, True, False])
    curriculum.update(ended, up=torch.tensor([True, False, False, True]))
    curriculum.begin(ended)
    assert curriculum.levels.tolist() == [3, 1, 1, 2]
    assert curriculum.commanded_distance.tolist() == [0.0, 0.0, 0.0, 10.0]


def test_slow_turning_and_standing_commands_are_no_reason_to_go_down() -> None:
    """Fault 9 of legged_gym: the way from the origin against |command| x episode length."""
    ended, nowhere = torch.tensor([True]), torch.tensor([False])
    standing = make_terrain_curriculum(1)
    walk(standing, [0.0, 0.0], [0.0, 0.0], seconds=20.0)
    standing.update(ended, nowhere)
    assert standing.levels.item() == 2
    circling = make_terrain_curriculum(1)  # walks as told and ends where it began
    walk(circling, [0.8, 0.0], [0.7, 0.0], seconds=20.0)
    circling.update(ended, nowhere)
    assert circling.levels.item() == 2
    slow = make_terrain_curriculum(1)
    walk(slow, [0.3, 0.0], [0.2, 0.0], seconds=20.0)
    slow.update(ended, nowhere)
    assert slow.levels.item() == 2


def test_levels_stay_on_the_map_and_the_solved_go_anywhere() -> None:
    torch.manual_seed(0)
    n = 4000
    curriculum = make_terrain_curriculum(n)
    curriculum.levels.fill_(3)
    curriculum.update(torch.ones(n, dtype=torch.bool), torch.ones(n, dtype=torch.bool))
    counts = torch.bincount(curriculum.levels, minlength=4)
    assert len(counts) == 4 and (counts > 0.2 * n).all()
    curriculum.levels.fill_(0)
    walk(curriculum, [1.0, 0.0], [0.0, 0.0], seconds=20.0)
    curriculum.update(torch.ones(n, dtype=torch.bool), torch.zeros(n, dtype=torch.bool))
    assert (curriculum.levels == 0).all()


def test_types_are_spread_evenly_and_first_levels_bounded() -> None:
    origins, relief = np.zeros((10, 5, 3), np.float32), np.zeros((10, 5))
    terrain = SimpleNamespace(env_origins=origins, relief=lambda: relief)
    curriculum = TerrainCurriculum(terrain, 1000, max_init_level=3, active=True, device=CPU)  # type: ignore[arg-type]
    assert torch.bincount(curriculum.types).tolist() == [200] * 5
    assert curriculum.levels.max() == 3 and curriculum.levels.min() == 0


def test_command_range_widens_when_tracked_once_a_period() -> None:
    cfg = LeggedRobotCfg()
    commands = Commands(cfg, 2, 0.02, CPU)
    curriculum = CommandCurriculum(commands, max_velocity=1.7, period=2, device=CPU)
    ended, good, bad = torch.tensor([True, False]), torch.tensor([0.9, 0.0]), torch.tensor([0.7, 1.0])
    for tracking, bound in ((good, 1.0), (good, 1.5), (good, 1.5), (bad, 1.5), (good, 1.5), (good, 1.7)):
        curriculum.update(ended, tracking)
        torch.testing.assert_close(commands.ranges[0], torch.tensor([-bound, bound]))
    curriculum.update(torch.tensor([False, False]), good)
    torch.testing.assert_close(commands.ranges[0], torch.tensor([-1.7, 1.7]))
