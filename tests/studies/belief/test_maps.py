"""The maps: exact step heights, and where ground and belief differ."""

import numpy as np
import pytest

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from studies.belief import maps


def test_step_heights_are_exact() -> None:
    cfg = TerrainCfg()
    cfg.horizontal_scale = 0.1
    maps.stairs(cfg)
    stairs = Terrain(cfg, 0)
    assert stairs.type_names == ["stairs_up", "stairs_down"]
    assert maps.STEP_HEIGHTS == [0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.24]
    assert np.allclose(stairs.env_origins[:, 1, 2], 8 * np.array(maps.STEP_HEIGHTS), atol=1e-6)
    assert np.allclose(stairs.env_origins[:, 0, 2], -8 * np.array(maps.STEP_HEIGHTS), atol=1e-6)
    maps.discrete(cfg)
    obstacles = Terrain(cfg, 0)
    for level, height in enumerate(maps.STEP_HEIGHTS):
        x_min, y_min, x_max, y_max = obstacles.tile_bounds(level, 3)
        x, y = round((x_min - obstacles.origin_xy[0]) / 0.1), round((y_min - obstacles.origin_xy[1]) / 0.1)
        tile = obstacles.heights[x : x + 81, y : y + 81]
        assert np.abs(tile).max() == pytest.approx(height, abs=1e-6)


def test_ground_and_belief_of_the_probes() -> None:
    cfg = TerrainCfg()
    maps.probes(cfg)
    ground = Terrain(cfg, 0)
    before = ground.heights.copy()
    belief = maps.believed(ground)
    assert np.array_equal(ground.heights, before)

    def at(terrain: Terrain, probe: str, level: int, x: float) -> float:
        """Height on a tile, `x` m from its centre."""
        origin = terrain.env_origins[level, maps.PROBE_COLUMNS.index(probe)]
        index = np.rint((origin[:2] + [x, 0.0] - np.array(terrain.origin_xy)) / terrain.horizontal_scale).astype(int)
        return float(terrain.heights[tuple(index)])

    expected = {  # probe and level -> ground near and far, map near and far
        (maps.STEP_UP, maps.STEP): (-0.12, 0.0, -0.12, 0.0),
        (maps.GHOST_STEP, maps.FLAT): (0.0, 0.0, 0.0, 0.12),
        (maps.HIDDEN_STEP, maps.STEP): (-0.12, 0.0, -0.12, -0.12),
        (maps.SLIP, maps.FLAT): (0.0, 0.0, 0.0, 0.0),
    }
    for (probe, level), heights in expected.items():
        found = [at(terrain, probe, level, x) for terrain in (ground, belief) for x in (1.4, 1.6)]
        assert found == pytest.approx(heights, abs=1e-6)
    start = at(ground, maps.STAIRS, maps.HIGH, 0.0)
    assert start == pytest.approx(-8 * 0.158, abs=1e-6)
    assert at(belief, maps.STAIRS, maps.HIGH, 1.0) == pytest.approx(start)
    noise = (belief.heights - ground.heights)[5 * 160 + 101 : 5 * 160 + 260, 160 + 101 : 160 + 260]
    assert noise.min() == pytest.approx(-0.25, abs=0.01) and noise.max() == pytest.approx(0.25, abs=0.01)
    differing = {tuple(index) for index in ((np.argwhere(belief.heights != ground.heights) - 100) // 160)}
    columns = {name: index for index, name in enumerate(maps.PROBE_COLUMNS)}
    assert differing == {
        (maps.FLAT, columns[maps.GHOST_STEP]),
        (maps.STEP, columns[maps.HIDDEN_STEP]),
        (maps.HIGH, columns[maps.RANDOM_HEIGHTS]),
    }
