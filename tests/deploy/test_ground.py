import numpy as np
import pytest
import torch

from legged_gym.deploy.ground import Ground
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler, VertexSampler
from legged_gym.terrain.terrain import Terrain


class StairsCfg(TerrainCfg):
    num_rows, num_cols, border_size = 2, 3, 1.0
    terrain_proportions = {"stairs_up": 0.4, "discrete": 0.6}


class PlaneCfg(TerrainCfg):
    mesh_type = "plane"


@pytest.mark.parametrize("cfg", [StairsCfg, PlaneCfg])
def test_heights_are_those_of_the_environments_sampler(cfg: type[TerrainCfg]) -> None:
    terrain = Terrain(cfg(), seed=3)
    ground, sampler = Ground(terrain), HeightSampler(terrain, "cpu", footprint=0.5)
    points = np.random.default_rng(0).uniform(-14.0, 14.0, (20, 50, 2))  # the map ends at 9 and 13 m
    tensor = torch.tensor(points, dtype=torch.float32)
    np.testing.assert_allclose(ground.sample(points), sampler.sample(tensor).numpy(), atol=2e-4)
    highest = [ground.highest(point, 0.5) for point in points.reshape(-1, 2)]
    assert np.isclose(highest, sampler.sample_max(tensor).numpy().ravel()).mean() > 0.999  # ties at cell edges


def test_between_vertices_the_ground_is_bilinear() -> None:
    terrain = Terrain(StairsCfg(), seed=3)
    terrain.heights[:2, :2] = [[0.0, 1.0], [2.0, 5.0]]
    corner, cell = np.array(terrain.origin_xy), terrain.horizontal_scale
    ground = Ground(terrain)
    assert ground.sample(corner + [0.25 * cell, 0.5 * cell]) == pytest.approx(0.75 * 0.5 + 0.25 * 3.5)
    assert ground.sample(corner - [1.0, 2.0]) == 0.0
    assert ground.highest(corner, 0.02) == 5.0


@pytest.mark.parametrize("cfg", [StairsCfg, PlaneCfg])
def test_the_cells_around_a_point_are_the_terrains_own(cfg: type[TerrainCfg]) -> None:
    terrain = Terrain(cfg(), seed=3)
    ground = Ground(terrain)
    point = np.array([0.513, -0.222])
    cells = ground.cells_around(point, 0.4)
    assert cells.shape[0] == cells.shape[1] and ground.cell == 0.05
    assert np.allclose(np.diff(cells[:, 0, 0]), 0.05) and np.allclose(np.diff(cells[0, :, 1]), 0.05)
    assert (cells[0, 0] <= point - 0.4).all() and (cells[-1, -1] >= point + 0.4).all()
    steps = (cells - np.array(terrain.origin_xy)) / 0.05
    assert np.abs(steps - np.rint(steps)).max() < 1e-6
    beyond = ground.cells_around(np.array(terrain.origin_xy), 0.4)  # half of it lies beyond the border
    assert beyond.shape == cells.shape and np.isfinite(ground.sample(beyond)).all()


def test_rims_are_those_of_the_environments_sampler() -> None:
    class GapCfg(TerrainCfg):
        num_rows, num_cols, border_size = 2, 2, 1.0
        terrain_proportions = {"gap": 0.5, "stepping_stones": 0.5}

    terrain = Terrain(GapCfg(), seed=3)
    assert terrain.rims is not None
    ground, sampler = Ground(terrain), VertexSampler(terrain.rims, terrain, "cpu")
    points = np.random.default_rng(0).uniform(-10.0, 10.0, (2000, 2))  # the map ends at 9 m
    expected = sampler.sample(torch.tensor(points, dtype=torch.float32)).numpy()
    assert np.array_equal(np.array([ground.rim(point) for point in points], np.float32), expected)
    assert 0.1 < np.isfinite(expected).mean() < 0.9
    assert Ground(Terrain(StairsCfg(), seed=3)).rim(np.zeros(2)) == -np.inf
