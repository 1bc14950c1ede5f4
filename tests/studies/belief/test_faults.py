"""Faults of the map, on a plane."""

from typing import Any

import pytest
import torch

from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from studies.belief.cells import Cell
from studies.belief.faults import FILL, MapFaults
from studies.belief.jobs import Jobs, make_batch

N, SHAPE = 3, (3, 4, 2000)


@pytest.fixture(scope="module")
def terrain() -> Terrain:
    cfg = TerrainCfg()
    cfg.num_rows = cfg.num_cols = 1
    cfg.difficulty_range = (0.0, 0.0)
    cfg.terrain_proportions, cfg.sizes = {"pit": 1.0}, {"pit": (0.0, 1.0)}
    return Terrain(cfg, seed=0)


@pytest.fixture
def faults(terrain: Terrain) -> MapFaults:
    return MapFaults(terrain, torch.zeros(SHAPE))


def jobs_of(terrain: Terrain, *conditions: str) -> Jobs:
    plan = {Cell(f"policy {i}", "pit", 0, name): 1 for i, name in enumerate(conditions)}
    return make_batch(plan, terrain, MapNoiseCfg(), 0.02, 1000, "cpu").jobs.of(torch.arange(len(conditions)))


def points() -> torch.Tensor:
    return torch.rand(*SHAPE, 2, generator=torch.Generator().manual_seed(0)) * 8.0 - 4.0


def steps(value: int) -> torch.Tensor:
    return torch.full((N,), value)


def test_cell_offsets_belong_to_the_place(terrain: Terrain, faults: MapFaults) -> None:
    jobs, where = jobs_of(terrain, "cell offsets", "cell offsets", "none"), points()
    where[1] = where[0] + 0.02  # m; some of them lie in the next cell
    heights = torch.full(SHAPE, 0.3)
    faults.apply(heights, where, steps(0), jobs)
    assert (heights[2] == 0.3).all()
    assert heights[0].mean() == pytest.approx(0.3, abs=0.003) and heights[0].std() == pytest.approx(0.05, abs=0.002)
    cells = (where / 0.05).round()
    same = (cells[0] == cells[1]).all(dim=-1)
    assert 0.2 < same.float().mean() < 0.6
    assert torch.equal(heights[0][same], heights[1][same])
    assert (heights[0] == heights[1])[~same].float().mean() < 0.01
    again = torch.full(SHAPE, 0.3)
    faults.apply(again, where, steps(1), jobs)
    assert torch.equal(again, heights)


def test_dropped_cells_read_random_heights_and_the_others_stay(terrain: Terrain, faults: MapFaults) -> None:
    jobs, where = jobs_of(terrain, "10 % dropped", "30 % dropped", "none"), points()
    where[1] = where[0]
    heights = torch.full(SHAPE, 0.7)
    faults.apply(heights, where, steps(0), jobs)
    gone = heights != 0.7
    assert gone[0].float().mean() == pytest.approx(0.1, abs=0.01)
    assert gone[1].float().mean() == pytest.approx(0.3, abs=0.015)
    assert not gone[2].any() and not (gone[0] & ~gone[1]).any()
    fill = heights[1][gone[1]]
    assert fill.min() >= -FILL and fill.max() <= FILL
    assert fill.mean() == pytest.approx(0.0, abs=0.03) and fill.std() == pytest.approx(FILL / 3**0.5, abs=0.02)


def test_a_stale_map_is_read_every_two_and_a_half_steps(terrain: Terrain, faults: MapFaults) -> None:
    jobs, where = jobs_of(terrain, "stale map", "none", "none"), points()
    ages = torch.tensor([0, 0, 10])
    seen: list[list[float]] = []
    for step in range(8):
        heights = torch.full(SHAPE, float(step))
        faults.apply(heights, where, ages + step, jobs)
        seen.append([heights[n].mean().item() for n in range(N)])
    assert [row[0] for row in seen] == [0, 0, 0, 3, 3, 5, 5, 5]
    assert [row[1] for row in seen] == [row[2] for row in seen] == list(range(8))
    heights = torch.full(SHAPE, 9.0)
    faults.apply(heights, where, torch.tensor([0, 8, 18]), jobs)  # a new episode begins with a fresh view
    assert (heights == 9.0).all()


def test_a_drifting_map_rises_from_its_moment_on(terrain: Terrain, faults: MapFaults) -> None:
    jobs: Any = jobs_of(terrain, "drift", "none", "none")
    for step, rise in ((0, 0.0), (100, 0.0), (101, 0.001), (200, 0.1)):
        heights = torch.zeros(SHAPE)
        faults.apply(heights, points(), steps(step), jobs)
        assert (heights[1:] == 0.0).all()
        torch.testing.assert_close(heights[0], torch.full(SHAPE[1:], rise))
