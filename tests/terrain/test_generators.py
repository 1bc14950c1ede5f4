"""legged_gym's generators against heights computed by hand. Tiles: 8 x 8 m, cells of 0.05 m, platform 3 m: 161 x 161
vertices, centre at vertex 80, platform from vertex 50 to 110. The others: `test_obstacles.py`."""

import math

import numpy as np
import pytest

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import GENERATORS
from legged_gym.terrain.tile import Tile

TILE = Tile(160, 160, 0.05, 3.0)
COARSE = Tile(80, 80, 0.1, 3.0)
LONG = Tile(200, 160, 0.05, 3.0)


class Gentle(TerrainCfg):
    slope = 0.1
    roughness = 0.01
    step_height = (0.0, 0.02)
    step_width = 0.5
    obstacle_height = (0.01, 0.02)


GENTLE = Tile(160, 160, 0.05, 3.0, Gentle)


def make(name: str, difficulty: float, tile: Tile = TILE, seed: int = 0) -> np.ndarray:
    heights = GENERATORS[name](tile, difficulty, np.random.default_rng(seed))
    assert isinstance(heights, np.ndarray)
    return heights


@pytest.mark.parametrize("name", [name for name in GENERATORS if GENERATORS[name].__module__.startswith("legged_gym.")])
@pytest.mark.parametrize("difficulty", [0.0, 0.35, 0.9, 1.0])
@pytest.mark.parametrize("tile", [TILE, COARSE, LONG, Tile(161, 173, 0.05, 3.0), Tile(22, 23, 0.25, 3.0)])
def test_outline_is_open_ground_at_height_zero(name: str, difficulty: float, tile: Tile) -> None:
    if name in ("gap_track", "track") and tile.length_cells == 22:
        pytest.skip("two gaps or blocks and the ground between them are longer than this tile")
    made = GENERATORS[name](tile, difficulty, np.random.default_rng(0))
    heights, ceiling = made if isinstance(made, tuple) else (made, np.full(tile.shape, np.inf))
    assert heights.shape == ceiling.shape == (tile.length_cells + 1, tile.width_cells + 1)
    assert (heights < np.inf).all() and (ceiling > heights).all()
    for values, expected in ((heights, 0.0), (ceiling, np.inf)):
        assert (np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]]) == expected).all()


@pytest.mark.parametrize("difficulty, slope", [(0.0, 0.0), (0.5, 0.2), (0.9, 0.36)])
def test_slope_angle(difficulty: float, slope: float) -> None:
    down = make("slope_down", difficulty)
    assert np.allclose(np.diff(down[:51, 80]), slope * 0.05)  # 2.5 m of slope along x
    assert np.allclose(np.diff(down[80, 110:]), -slope * 0.05)
    assert np.allclose(down[50:111, 50:111], slope * 2.5)
    assert np.allclose(np.diff(down[:, 20])[20:140], 0.0)  # a face of the pyramid is level along the other axis
    assert np.array_equal(make("slope_up", difficulty), -down)
    rise = down[40, 80] - down[10, 80]
    assert math.degrees(math.atan2(rise, 30 * 0.05)) == pytest.approx(math.degrees(math.atan(slope)))


def test_amplitudes_are_the_configurations() -> None:
    slope = make("slope_down", 0.5, GENTLE)
    assert np.allclose(np.diff(slope[:51, 80]), 0.05 * 0.05)
    noise = make("rough_slope_down", 0.5, GENTLE) - slope
    assert 0.0099 < np.abs(noise).max() <= 0.01
    stairs = make("stairs_up", 0.5, GENTLE)[:80, 80]
    edges = np.flatnonzero(np.diff(stairs))
    assert edges.tolist() == [9, 19, 29, 39, 49] and np.allclose(np.diff(stairs)[edges], -0.01)  # 10 cells a step
    assert np.unique(np.abs(make("discrete", 0.5, GENTLE))) == pytest.approx([0.0, 0.01, 0.02])


@pytest.mark.parametrize("name, sign", [("rough_slope_up", -1.0), ("rough_slope_down", 1.0)])
def test_rough_slope_is_slope_plus_bounded_noise(name: str, sign: float) -> None:
    noise = make(name, 0.5) - sign * make("slope_down", 0.5)
    assert np.abs(noise).max() <= 0.05
    nodes = noise[::4, ::4]  # every 0.2 m
    assert nodes.shape == (41, 41)
    inner = nodes[1:-1, 1:-1].ravel()
    assert np.abs(inner).max() > 0.0499 and abs(inner.mean()) < 0.003  # 1521 draws: standard error 0.00074
    assert inner.std() == pytest.approx(0.05 / math.sqrt(3.0), rel=0.05)
    assert abs(np.corrcoef(nodes[1:-2, 1:-1].ravel(), nodes[2:-1, 1:-1].ravel())[0, 1]) < 0.1
    assert np.allclose(noise[2::4, ::4], (nodes[:-1] + nodes[1:]) / 2)  # linear between the nodes
    assert np.allclose(noise[2::4, 2::4], (nodes[:-1, :-1] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[1:, 1:]) / 4)


@pytest.mark.parametrize("difficulty, height", [(0.0, 0.05), (0.5, 0.14), (0.9, 0.212)])
@pytest.mark.parametrize("tile, width", [(TILE, 6), (COARSE, 3)])
def test_stairs_have_equal_steps(tile: Tile, width: int, difficulty: float, height: float) -> None:
    """0.31 m is 6 cells of 0.05 m or 3 of 0.1 m; 2.5 m of stairs hold 8 steps of 0.30 m."""
    down = make("stairs_down", difficulty, tile)
    middle = tile.width_cells // 2
    profile = down[:, middle]
    edges = np.flatnonzero(np.abs(np.diff(profile)) > 1e-9)
    up_edges, down_edges = edges[:8], edges[8:]
    assert len(edges) == 16
    assert (np.diff(up_edges) == width).all() and (np.diff(down_edges) == width).all()
    assert up_edges[0] == width - 1  # vertex `width` is the first of step 1
    assert np.allclose(np.diff(profile)[up_edges], height) and np.allclose(np.diff(profile)[down_edges], -height)
    assert profile[middle] == pytest.approx(8 * height)
    assert np.array_equal(profile, profile[::-1]) and np.array_equal(down, down.T)
    assert np.array_equal(make("stairs_up", difficulty, tile), -down)


def test_stairs_leave_room_for_the_platform() -> None:
    down = make("stairs_down", 0.5)
    top = np.argwhere(down == down.max())
    assert (top.min(axis=0) == 48).all() and (top.max(axis=0) == 112).all()  # 3.2 m, at least the 3 m asked for


@pytest.mark.parametrize("difficulty, height", [(0.0, 0.05), (0.5, 0.15), (0.9, 0.23)])
def test_discrete_obstacles(difficulty: float, height: float) -> None:
    levels = {0.0}
    for seed in range(5):
        heights = make("discrete", difficulty, seed=seed)
        assert (heights[50:111, 50:111] == 0.0).all()
        levels |= set(np.round(np.unique(heights), 9).tolist())
    assert sorted(levels) == pytest.approx([-height, -height / 2, 0.0, height / 2, height])


def test_discrete_obstacles_are_20_rectangles_of_1_to_2_m() -> None:
    """Seen through a generator that gives every rectangle its own height and records its size."""

    class Recorder:
        def __init__(self) -> None:
            self.rng = np.random.default_rng(3)
            self.sizes: list[np.ndarray] = []

        def integers(self, low, high, endpoint=False, size=None):
            values = self.rng.integers(low, high, endpoint=endpoint, size=size)
            if endpoint:
                self.sizes.append(values)
            return values

        def choice(self, values):
            return float(len(self.sizes))

    recorder = Recorder()
    heights = GENERATORS["discrete"](TILE, 0.5, recorder)  # pyright: ignore[reportArgumentType]
    assert len(recorder.sizes) == 20
    assert np.min(recorder.sizes) >= 20 and np.max(recorder.sizes) <= 40  # cells of 0.05 m
    visible = np.argwhere(np.isclose(heights, 20 * 0.15))  # the last one lies on top of all others
    extent = visible.max(axis=0) - visible.min(axis=0) + 1
    assert (extent <= recorder.sizes[-1]).all()


@pytest.mark.parametrize("metres, cells", [(0.31, 6), (0.225, 5), (0.05, 1), (0.001, 1), (3.0, 60), (0.35, 7)])
def test_lengths_are_rounded_to_whole_cells(metres: float, cells: int) -> None:
    assert TILE.cells(metres) == cells


@pytest.mark.parametrize("name", ["rough_slope_up", "discrete"])
def test_random_tiles_follow_the_generator(name: str) -> None:
    assert np.array_equal(make(name, 0.5, seed=4), make(name, 0.5, seed=4))
    assert not np.array_equal(make(name, 0.5, seed=4), make(name, 0.5, seed=5))


def test_level_ground_is_level() -> None:
    assert not make("level", 0.9).any()


def test_waves_repeat_after_their_length_and_are_as_high_as_they_say() -> None:
    """Crests are 0.2 + 0.6 d over the troughs: each direction has a quarter of it; 1.6 m are 32 cells."""
    heights = make("wave", 0.9)
    inside = heights[8:-8, 8:-8]  # 0.4 m within the outline
    np.testing.assert_allclose(inside[:-32], inside[32:], atol=1e-12)
    np.testing.assert_allclose(inside[:, :-32], inside[:, 32:], atol=1e-12)
    assert abs(inside.max() - 2 * 0.185) < 0.01 and abs(inside.min() + 2 * 0.185) < 0.01
    steepest = np.abs(np.diff(inside, axis=0)).max() / 0.05
    assert abs(steepest - 2 * math.pi * 0.185 / 1.6) < 0.01
