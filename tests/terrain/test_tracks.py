"""Obstacle tracks, by hand: tiles of 8 x 4 m on cells of 0.05 m have their middle at vertex 80, 40; the first block has
its first vertex at 1.2 m, so its face at 1.175 m."""

import math

import numpy as np
import pytest

from legged_gym.terrain.spread import SpreadTerrain
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import OWN_TRACKS, TrackTerrainCfg, plans, take_obstacles_off
from legged_gym.utils.errors import UserError

MIDDLE = 80, 40


def terrain_of(name: str, track: tuple[str, ...] = (), length: float = 8.0, **sizes: tuple[float, float]) -> Terrain:
    """Ten levels from the easy to the hard end, of one column."""
    cfg = TrackTerrainCfg()
    cfg.terrain_length, cfg.terrain_width, cfg.platform_size, cfg.border_size = length, 4.0, 1.0, 0.0
    cfg.num_cols, cfg.difficulty_range, cfg.slope_threshold = 1, (0.0, 10 / 9), 0.95
    cfg.terrain_proportions, cfg.track, cfg.sizes = {name: 1.0}, list(track), dict(sizes)
    return Terrain(cfg, seed=1)


def tile_of(values: np.ndarray, level: int) -> np.ndarray:
    return values[160 * level : 160 * level + 161]


def metres(vertices: np.ndarray, axis: int) -> tuple[float, float]:
    """Where the faces around a run of vertices lie, from the tile's middle."""
    first, last = vertices.min(), vertices.max()
    return 0.05 * (first - MIDDLE[axis] - 0.5), 0.05 * (last - MIDDLE[axis] + 0.5)


@pytest.mark.parametrize(("level", "height"), [(0, 0.2), (9, 0.5)])
def test_a_plateau_to_climb(level: int, height: float) -> None:
    terrain = terrain_of("climb_track")
    (obstacle,) = plans(terrain)[level][0]
    assert (obstacle.block, obstacle.size) == ("climb", pytest.approx(height)) and 0.4 <= obstacle.length <= 0.8
    heights = tile_of(terrain.heights, level)
    assert heights.max() == np.float32(height) and heights.min() == 0.0 and terrain.ceiling is None
    x, y = np.nonzero(heights)
    assert metres(x, 0) == pytest.approx((obstacle.start, obstacle.end)) and obstacle.start == pytest.approx(1.175)
    assert metres(y, 1) == pytest.approx((-1.775, 1.775))  # wider than the track: 0.25 m of rim
    ((x0, x1, y0, y1, z0, z1),) = obstacle.boxes()
    assert (x0, x1, z1) == (obstacle.start, obstacle.end, obstacle.size)
    assert (y0, y1, z0) == (-math.inf, math.inf, -math.inf)


def test_the_plan_of_a_map_whose_tiles_differ_is_of_each_tiles_own_size() -> None:
    """Fault: it was of the size of the tile's level."""
    cfg = terrain_of("climb_track").cfg
    cfg.num_rows = cfg.num_cols = 2
    terrain = SpreadTerrain(cfg, seed=1)
    sizes = [[obstacles[0].size for obstacles in row] for row in plans(terrain)]
    highest = [[terrain.heights[terrain.tile_vertices(*tile)].max() for tile in ((row, 0), (row, 1))] for row in (0, 1)]
    np.testing.assert_allclose(sizes, highest, rtol=1e-6)
    assert sizes[0][0] != sizes[0][1]


def test_a_gap_to_leap_is_as_long_as_it_is_wide() -> None:
    terrain = terrain_of("leap_track")
    (obstacle,) = plans(terrain)[9][0]
    assert obstacle.length == obstacle.size == pytest.approx(1.0)
    assert metres(np.nonzero(tile_of(terrain.heights, 9))[0], 0) == pytest.approx((1.175, 2.175))
    assert tile_of(terrain.heights, 9).min() == -1.0
    assert obstacle.boxes() == [(obstacle.start, obstacle.end, -math.inf, math.inf, -math.inf, 0.2)]


def test_a_roof_to_crawl_under() -> None:
    terrain = terrain_of("crawl_track")
    (obstacle,) = plans(terrain)[9][0]
    assert terrain.ceiling is not None and not terrain.heights.any()
    ceiling = tile_of(terrain.ceiling, 9)
    assert ceiling.min() == obstacle.size == np.float32(0.25) and 0.2 <= obstacle.length <= 0.6
    assert metres(np.nonzero(np.isfinite(ceiling))[0], 0) == pytest.approx((obstacle.start, obstacle.end))
    assert obstacle.boxes() == [(obstacle.start, obstacle.end, -math.inf, math.inf, 0.25, math.inf)]


@pytest.mark.parametrize(("level", "right", "left"), [(0, -0.175, 0.225), (9, -0.125, 0.125)])
def test_a_gate_to_tilt_through(level: int, right: float, left: float) -> None:
    """Of 0.4 m: eight vertices, -3 to 4 cells off the middle line. Of 0.24 m: five, 0.25 m on these cells."""
    terrain = terrain_of("tilt_track")
    (obstacle,) = plans(terrain)[level][0]
    assert obstacle.gap == pytest.approx((right, left)) and obstacle.size == pytest.approx(left - right)
    row = tile_of(terrain.heights, level)[104]
    free = np.flatnonzero(row[10:71] == 0.0) + 10
    assert metres(free, 1) == pytest.approx((right, left)) and row[20] == 0.5
    (first, second) = obstacle.boxes()
    assert first[2:] == (-math.inf, obstacle.gap[0], -math.inf, 0.5) and second[2:4] == (obstacle.gap[1], math.inf)


def test_several_blocks_stand_a_metre_apart() -> None:
    terrain = terrain_of("track", ("leap", "climb"), leap_track=(0.5, 0.5))
    leap, climb = plans(terrain)[3][0]
    assert (leap.block, climb.block) == ("leap", "climb")
    assert leap.size == pytest.approx(0.5) and climb.size == pytest.approx(0.3)  # a third of the way to 0.5 m
    assert climb.start == pytest.approx(1.175 + 0.5 + 1.0)
    heights = tile_of(terrain.heights, 3)[:, MIDDLE[1]]
    assert metres(np.flatnonzero(heights < 0), 0) == pytest.approx((leap.start, leap.end))
    assert metres(np.flatnonzero(heights > 0), 0) == pytest.approx((climb.start, climb.end))


def test_lengths_can_be_set() -> None:
    cfg = terrain_of("climb_track").cfg
    cfg.lengths = {"climb": (0.1, 0.15)}  # pyright: ignore[reportAttributeAccessIssue] - a map with tracks
    terrain = Terrain(cfg, seed=1)
    lengths = {round(row[0][0].length, 3) for row in plans(terrain)}
    assert lengths == {0.1, 0.15} and np.count_nonzero(tile_of(terrain.heights, 0)[:, 40]) in (2, 3)


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ({"clime": (1.0, 2.0)}, "terrain.lengths: unknown block 'clime'; did you mean climb"),
        ({"leap": (1.0, 2.0)}, "terrain.lengths: 'leap' is as long as it is wide: see terrain.sizes"),
        ({"climb": (2.0, 1.0)}, "terrain.lengths = .* must be"),
        ({"climb": (4.0, 4.0)}, "'climb_track': its blocks .climb. need 5.45 m"),
    ],
)
def test_lengths_that_cannot_be(lengths: dict[str, tuple[float, float]], message: str) -> None:
    cfg = terrain_of("climb_track").cfg
    cfg.lengths = lengths  # pyright: ignore[reportAttributeAccessIssue] - a map with tracks
    with pytest.raises(UserError, match=message):
        Terrain(cfg, seed=1)


def test_the_plan_is_that_of_the_map_on_an_odd_tile() -> None:
    terrain = terrain_of("climb_track", length=8.05)
    (obstacle,) = plans(terrain)[0][0]
    x = (np.flatnonzero(terrain.heights[:162, 40]) - 80.5) * 0.05
    assert (x[0] - 0.025, x[-1] + 0.025) == pytest.approx((obstacle.start, obstacle.end))


def test_other_ground_has_no_obstacles() -> None:
    assert plans(terrain_of("rough_slope"))[0] == [[]]


@pytest.mark.parametrize("name", OWN_TRACKS)
def test_tracks_lead_on_along_x_and_are_level_where_robots_begin(name: str) -> None:
    terrain = terrain_of(name)
    assert terrain.crossings().all() and not terrain.env_origins[..., 2].any()
    assert np.isinf(terrain.headroom(0.8)).all()


@pytest.mark.parametrize(
    ("name", "track", "length", "message"),
    [
        ("track", ("climb", "leep"), 8.0, r"terrain.track: unknown block 'leep'; did you mean leap\?; there are climb"),
        ("track", ("climb", "leap", "crawl"), 8.0, r"'track': its blocks \(climb, leap, crawl\) need .* which has 4 m"),
        ("leap_track", (), 4.0, r"'leap_track': its blocks \(leap\) need .* use terrain.terrain_length = 6, fewer"),
    ],
)
def test_a_track_that_cannot_be(name: str, track: tuple[str, ...], length: float, message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        terrain_of(name, track, length)
    assert "\n" not in str(error.value)


def test_obstacles_are_taken_off_tracks_alone() -> None:
    """Robots began metres above what had been stairs, since their tile's origin stayed up there."""
    cfg = TrackTerrainCfg()
    cfg.terrain_length, cfg.terrain_width, cfg.horizontal_scale, cfg.border_size = 8.0, 4.0, 0.1, 1.0
    cfg.num_rows, cfg.num_cols, cfg.platform_size = 2, 4, 1.0
    cfg.terrain_proportions = {"climb_track": 1, "stairs_down": 1, "crawl_track": 1, "crawl": 1}
    terrain, hard = Terrain(cfg, seed=1), Terrain(cfg, seed=1)
    take_obstacles_off(terrain)
    assert terrain.ceiling is not None and hard.ceiling is not None
    for level, column in np.ndindex(2, 4):
        x, y = 10 + 80 * level, 10 + 40 * column
        place = slice(x, x + 81), slice(y, y + 41)
        if terrain.type_names[column].endswith("_track"):
            place = slice(x + 1, x + 80), slice(y + 1, y + 40)
            assert not terrain.heights[place].any() and np.isinf(terrain.ceiling[place]).all()
        else:
            assert np.array_equal(terrain.heights[place], hard.heights[place])
            assert np.array_equal(terrain.ceiling[place], hard.ceiling[place])
        middle = terrain.heights[x + 40, y + 20]
        assert middle == pytest.approx(terrain.env_origins[level, column, 2]), terrain.type_names[column]
    assert np.ptp(terrain.env_origins[..., 2]) > 0.5


def test_without_a_roof_there_is_no_ceiling() -> None:
    cfg = TrackTerrainCfg()
    cfg.terrain_width, cfg.num_rows, cfg.num_cols, cfg.platform_size = 4.0, 1, 1, 1.0
    cfg.terrain_proportions = {"crawl_track": 1}
    terrain = Terrain(cfg, seed=1)
    assert terrain.ceiling is not None
    take_obstacles_off(terrain)
    assert terrain.ceiling is None
