"""The map: layout, origins, seeding, look-up of tiles and refusals."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from legged_gym.terrain.columns import column_types
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import GENERATORS, KINDS, WITHOUT_HOLES
from legged_gym.terrain.kinds import terrain as terrain_type
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tile import Tile
from legged_gym.utils.errors import UserError
from tests.own_parts import waves

TYPES = (
    "slope_up", "slope_down", "rough_slope_up", "rough_slope_down", "stairs_up", "stairs_down", "discrete",
    "stepping_stones", "pit", "drop",
)  # fmt: skip


def config(**fields: object) -> TerrainCfg:
    """Ten columns of as many types on a coarse map unless told otherwise."""
    cfg = TerrainCfg()
    cfg.horizontal_scale = 0.1
    cfg.num_rows, cfg.num_cols = 4, 10
    cfg.terrain_proportions = {
        kind: 2.0 if kind in ("slope", "rough_slope") else 1.0 for kind, types in KINDS.items() if types[0] in TYPES
    }  # one column each: slopes share theirs
    for name, value in fields.items():
        assert hasattr(cfg, name)
        setattr(cfg, name, value)
    return cfg


PLANE = Terrain(config(mesh_type="plane"), seed=0)


def test_default_map_of_legged_gym() -> None:
    terrain = Terrain(TerrainCfg(), seed=1)
    assert terrain.heights.shape == (10 * 160 + 200 + 1, 20 * 160 + 200 + 1)
    assert terrain.heights.dtype == np.float32 and np.isfinite(terrain.heights).all()
    assert terrain.origin_xy == pytest.approx((-45.0, -85.0))
    assert np.allclose(terrain.difficulties, np.arange(10) / 10)
    assert Counter(terrain.type_names) == {
        "slope_up": 1, "slope_down": 1, "rough_slope_up": 1, "rough_slope_down": 1,
        "stairs_up": 7, "stairs_down": 5, "discrete": 4,
    }  # fmt: skip
    assert not terrain.is_plane
    assert terrain.face_angle(0.2) == pytest.approx(math.degrees(math.atan(4.0)))


def test_tiles_stand_at_their_place() -> None:
    cfg = config()
    terrain = Terrain(cfg, seed=5)
    assert terrain.type_names == list(TYPES)
    tile = Tile(80, 80, 0.1, 3.0)
    for level, column in np.ndindex(4, 10):
        rng = np.random.default_rng([5, level, column])
        expected: Any = GENERATORS[terrain.type_names[column]](tile, level / 4, rng)
        if terrain.type_names[column] == "stepping_stones":
            expected = np.where(np.isinf(expected), expected[np.isfinite(expected)].min() - 1.0, expected)
        x_min, y_min, x_max, y_max = terrain.tile_bounds(level, column)
        x, y = round((x_min - terrain.origin_xy[0]) / 0.1), round((y_min - terrain.origin_xy[1]) / 0.1)
        assert np.allclose(terrain.heights[x : x + 81, y : y + 81], expected, atol=1e-6)
        assert (x_max - x_min, y_max - y_min) == pytest.approx((8.0, 8.0))


def test_border_is_flat() -> None:
    heights = Terrain(config(), seed=5).heights.copy()
    heights[50:-50, 50:-50] = 0.0
    assert (heights == 0.0).all()


def test_origins_by_hand() -> None:
    terrain = Terrain(config(), seed=2)
    columns = {name: index for index, name in enumerate(terrain.type_names)}
    assert terrain.env_origins.shape == (4, 10, 3) and terrain.env_origins.dtype == np.float32
    assert np.allclose(terrain.env_origins[:, 0, 0], [-12.0, -4.0, 4.0, 12.0])
    assert np.allclose(terrain.env_origins[0, :, 1], np.arange(-36.0, 37.0, 8.0))
    z = terrain.env_origins[2, :, 2]  # difficulty 0.5
    assert z[columns["slope_up"]] == pytest.approx(-0.2 * 2.5)
    assert z[columns["slope_down"]] == pytest.approx(0.2 * 2.5)
    assert z[columns["stairs_up"]] == pytest.approx(-8 * 0.14)
    assert z[columns["stairs_down"]] == pytest.approx(8 * 0.14)
    assert z[columns["discrete"]] == 0.0 and z[columns["stepping_stones"]] == 0.0
    assert z[columns["pit"]] == pytest.approx(-0.35) and z[columns["drop"]] == pytest.approx(0.35)


def test_origin_height_is_the_highest_within_one_metre() -> None:
    terrain = Terrain(config(terrain_proportions={"rough_slope": 1.0}), seed=2)
    x = (np.arange(terrain.heights.shape[0]) * 0.1 + terrain.origin_xy[0])[:, None]
    y = (np.arange(terrain.heights.shape[1]) * 0.1 + terrain.origin_xy[1])[None, :]
    for level, column in [(0, 0), (3, 9), (1, 6)]:
        centre_x, centre_y, z = terrain.env_origins[level, column]
        near = (np.abs(x - centre_x) < 1.001) & (np.abs(y - centre_y) < 1.001)
        assert z == terrain.heights[near].max()


@pytest.mark.parametrize("fields", [{}, {"mesh_type": "plane"}])
def test_map_is_centred_on_the_world_origin(fields: dict) -> None:
    terrain = Terrain(config(**fields), seed=0)
    last = [
        x + (n - 1) * terrain.horizontal_scale for x, n in zip(terrain.origin_xy, terrain.heights.shape, strict=True)
    ]
    assert last == pytest.approx([-x for x in terrain.origin_xy])
    assert np.allclose(terrain.env_origins[..., :2].mean(axis=(0, 1)), 0.0, atol=1e-5)


def test_tiles_of_unequal_sides() -> None:
    terrain = Terrain(config(terrain_length=10.0, terrain_width=6.0, border_size=0.0), seed=0)
    assert terrain.heights.shape == (401, 601)
    assert terrain.tile_bounds(0, 0) == pytest.approx((-20.0, -30.0, -10.0, -24.0))
    assert np.allclose(terrain.env_origins[3, 9, :2], [15.0, 27.0])


def test_same_seed_same_map() -> None:
    first, again, other = (Terrain(config(), seed).heights for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_equal_levels_for_evaluation() -> None:
    terrain = Terrain(config(difficulty_range=(0.7, 0.7)), seed=0)
    assert np.allclose(terrain.difficulties, 0.7)
    columns = {name: index for index, name in enumerate(terrain.type_names)}
    assert np.allclose(terrain.env_origins[:, columns["stairs_up"], 2], -8 * (0.05 + 0.18 * 0.7))
    rough = terrain.env_origins[:, columns["rough_slope_up"], 2]
    assert len(set(rough.tolist())) == 4  # one difficulty, four different random tiles


def test_amplitudes_are_the_configurations() -> None:
    terrain = Terrain(config(difficulty_range=(1.0, 1.0), slope=0.1, step_height=(0.0, 0.02)), seed=0)
    columns = {name: index for index, name in enumerate(terrain.type_names)}
    assert np.allclose(terrain.env_origins[:, columns["slope_down"], 2], 0.1 * 2.5)
    assert np.allclose(terrain.env_origins[:, columns["stairs_down"], 2], 8 * 0.02)


def test_difficulty_range_is_divided_by_the_levels() -> None:
    terrain = Terrain(config(difficulty_range=(0.5, 0.9)), seed=0)
    assert np.allclose(terrain.difficulties, [0.5, 0.6, 0.7, 0.8])


def test_difficulties_beyond_those_of_training() -> None:
    terrain = Terrain(config(difficulty_range=(0.0, 1.2)), seed=0)
    assert np.allclose(terrain.difficulties, [0.0, 0.3, 0.6, 0.9])
    terrain = Terrain(config(difficulty_range=(1.2, 1.2)), seed=0)
    columns = {name: index for index, name in enumerate(terrain.type_names)}
    assert np.allclose(terrain.env_origins[:, columns["stairs_down"], 2], 8 * (0.05 + 0.18 * 1.2))
    assert np.allclose(terrain.env_origins[:, columns["drop"], 2], 0.1 + 1.2 * 0.5)


def test_plane() -> None:
    assert PLANE.is_plane and (PLANE.heights == 0.0).all() and PLANE.heights.shape == (2, 2)
    assert PLANE.env_origins.shape == (4, 10, 3) and (PLANE.env_origins[..., 2] == 0.0).all()
    assert PLANE.type_names == ["plane"] * 10


def test_tiles_lie_side_by_side_around_the_worlds_origin() -> None:
    """Four levels along x and ten columns along y, each of 8 m x 8 m."""
    assert PLANE.tile_bounds(0, 0) == (-16.0, -40.0, -8.0, -32.0)
    assert PLANE.tile_bounds(3, 9) == (8.0, 32.0, 16.0, 40.0)
    centres = [[np.mean(np.reshape(PLANE.tile_bounds(i, j), (2, 2)), axis=0) for j in range(10)] for i in range(4)]
    np.testing.assert_allclose(PLANE.env_origins[..., :2], centres)


def test_columns_follow_the_proportions() -> None:
    assert column_types({"slope": 0.5, "gap": 0.5}, 4) == ["slope_up", "slope_down", "gap", "gap_track"]
    assert column_types({"pit": 3.0, "stairs_up": 1.0}, 4) == ["stairs_up", "pit", "pit", "pit"]
    assert column_types({"discrete": 1.0}, 3) == ["discrete"] * 3
    assert column_types({"stairs_up": 1.0, "pit": 1.0}, 1) == ["stairs_up"]


@given(
    shares=st.dictionaries(st.sampled_from(list(KINDS)), st.floats(0.01, 100.0), min_size=1),
    num_cols=st.integers(1, 40),
)
def test_every_kind_gets_its_share_of_columns(shares: dict[str, float], num_cols: int) -> None:
    types = column_types(shares, num_cols)
    assert len(types) == num_cols
    counts, total = Counter(types), sum(shares.values())
    for kind, names in KINDS.items():
        for name in names:
            assert abs(counts[name] - num_cols * shares.get(kind, 0.0) / total / len(names)) < 1.05


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"mesh_type": "hightfield"}, "did you mean heightfield"),
        ({"mesh_type": "trimesh"}, "one of heightfield, plane"),
        ({"terrain_proportions": {"stairs_upp": 1.0}}, "did you mean stairs_up"),
        ({"terrain_proportions": {"gap": -0.1, "pit": 1.0}}, "gap"),
        ({"terrain_proportions": {"gap": math.nan}}, "gap"),
        ({"terrain_proportions": {"gap": 0.0}}, "all shares are 0"),
        ({"terrain_proportions": {}}, "all shares are 0"),
        ({"num_rows": 0}, "num_rows"),
        ({"num_cols": 2.5}, "num_cols"),
        ({"horizontal_scale": 0.0}, "horizontal_scale"),
        ({"horizontal_scale": 0.5}, "horizontal_scale = 0.5 must be a number of at least 0.001 and at most 0.25"),
        ({"horizontal_scale": 0.001}, "too large"),
        ({"terrain_length": 8.05}, "whole number of cells"),
        ({"terrain_width": 5.0}, "at least 5.5 m"),
        ({"platform_size": 6.0}, "at least 8.5 m"),
        ({"border_size": -1.0}, "border_size"),
        ({"difficulty_range": (0.5, 0.4)}, "difficulty_range"),
        ({"difficulty_range": (0.5,)}, "difficulty_range"),
        ({"difficulty_range": (0.0, 1.3)}, "at least 0 and at most 1.2"),
        ({"slope": -0.1}, "terrain.slope"),
        ({"roughness": math.inf}, "terrain.roughness"),
        ({"step_width": 0.0}, "terrain.step_width"),
        ({"step_height": (0.1,)}, "terrain.step_height = .* 2 of them"),
        ({"obstacle_height": (0.1, -0.1)}, "terrain.obstacle_height"),
        ({"terrain_proportions": {"hurdle": 1.0}}, "unknown kind 'hurdle'; did you mean hurdles"),
        ({"terrain_proportions": {"rails": 1.0}}, "unknown kind 'rails'; it is a type of the kind beams"),
        ({"terrain_proportions": {"trapdoor": 1.0}}, "'trapdoor'; a function of your own is named module:function"),
        ({"sizes": {"gaps": (0.1, 0.2)}}, "terrain.sizes: 'gaps' has no size; did you mean gap"),
        ({"sizes": {"slope_up": (0.1, 0.2)}}, "'slope_up' has no size; types with one are .*beams, .*gap, "),
        ({"sizes": {"gap": 0.4}}, "terrain.sizes"),
        ({"sizes": {"gap": (0.4,)}}, "terrain.sizes"),
        (
            {"sizes": {"pit": (0.1, 0.2), "gap": (0.4, -0.1)}},
            "terrain.sizes = .* at most 100, 2 of them; that of 'gap' is not",
        ),
        ({"sizes": {"gap": (math.nan, 0.4)}}, "terrain.sizes = .*; that of 'gap' is not"),
        (
            {"sizes": {"gap": (0.4, 0.4), "tilt_track": (0.4, 0.0)}},
            r"sizes.tilt_track = \[0.4, 0.0\]: the distance of the walls must be at least 0.001 and at most 100 m",
        ),
        ({"sizes": {"crawl_bar": (0.0, 0.5)}}, r"sizes.crawl_bar = \[0.0, 0.5\]: the clearance must be at least 0.001"),
        ({"sizes": {"stepping_stones": (0.4, 0.0)}}, "the side of a stone must be at least 0.001"),
        ({"sizes": {"track": (0.0, 1.3)}}, "the difficulty of the blocks must be at least 0 and at most 1.2 of 1"),
        ({"terrain_proportions": {"gap": 1.0}, "sizes": {"gap": (3.0, 3.0)}}, "'gap': 3 m do not fit into the 2.4 m"),
        ({"hole_depth": 0.0}, "terrain.hole_depth"),
        ({"slope_threshold": -0.5}, "terrain.slope_threshold"),
    ],
)
def test_impossible_settings_are_refused(fields: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Terrain(config(**fields), seed=0)


def test_negative_seed_is_refused() -> None:
    with pytest.raises(UserError, match="seed"):
        Terrain(config(), seed=-1)


def test_a_terrain_type_of_a_users_own_is_registered_by_a_decorator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GENERATORS, "_entries", dict(GENERATORS._entries))
    known = dict(KINDS)
    try:
        terrain_type("waves")(waves)
        terrain = Terrain(config(terrain_proportions={"waves": 1.0, "pit": 1.0}), seed=0)
    finally:
        KINDS.clear()
        KINDS.update(known)
    assert terrain.type_names == ["pit"] * 5 + ["waves"] * 5
    x, y, _, _ = terrain.tile_bounds(2, 7)  # of difficulty 0.5: its crest is a quarter of the tile, 2 m, from its edge
    row, column = round((x + 2.0 - terrain.origin_xy[0]) / 0.1), round((y + 4.0 - terrain.origin_xy[1]) / 0.1)
    assert terrain.heights[row, column] == pytest.approx(0.5)


def test_a_terrain_type_may_be_named_by_where_it_is() -> None:
    terrain = Terrain(config(terrain_proportions={"tests.own_parts:waves": 1.0, "pit": 1.0}), seed=0)
    assert terrain.type_names == ["pit"] * 5 + ["tests.own_parts:waves"] * 5
    with pytest.raises(UserError, match="tests.own_parts has no 'wave'; did you mean waves"):
        Terrain(config(terrain_proportions={"tests.own_parts:wave": 1.0}), seed=0)


def test_a_decorated_terrain_type_named_by_where_it_is_keeps_its_size_and_its_way_across() -> None:
    terrain = Terrain(config(terrain_proportions={"tests.own_parts:ditch": 1.0}, sizes={"ditch": (0.2, 0.4)}), seed=0)
    assert terrain.type_names == ["ditch"] * 10 and terrain.crossings().all()
    assert terrain.sizes() == {"ditch": pytest.approx([0.2, 0.25, 0.3, 0.35])}
    assert terrain.heights.min() == pytest.approx(-0.35)


@pytest.mark.parametrize(
    "name, words",
    [
        ("half_a_tile", r"half_a_tile' must give finite heights, or holes, of the shape \(81, 81\)"),
        ("three_layers", "three_layers' must give finite heights"),
        ("hole_to_the_edge", "neither a hole nor a ceiling may reach the edge of its tile"),
        ("roof_to_the_edge", "neither a hole nor a ceiling may reach the edge of its tile"),
        ("raised_edge", "its heights must be 0 on the edge of its tile, which neighbours share, not 0.5 m"),
        ("words", "words' must give finite heights"),
        ("tower", r"1e\+39 m are too far up or down: use at most 1000 m"),
        ("sunken_roof", "difficulty 0: its ceilings must lie over the ground"),
        ("half_a_roof", r"its ceilings must have the shape \(81, 81\)$"),
    ],
)
def test_tiles_that_are_none_are_refused(name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        Terrain(config(terrain_proportions={f"tests.own_parts:{name}": 1.0}), seed=0)


def test_a_roof_on_the_ground_may_come_of_a_size() -> None:
    """That goes on beyond difficulty 1, to -0.04 m."""
    words = r"'crawl_bar', difficulty 1.2: .* leave room between them, .* by terrain\.sizes"
    with pytest.raises(UserError, match=words):
        one_type("crawl", sizes={"crawl_bar": (0.5, 0.05)}, difficulty_range=(1.2, 1.2))


# -- holes, ceilings, edges, sizes -------------------------------------------------------------------------------------


OURS = [kind for kind, (name, *_) in KINDS.items() if GENERATORS[name].__module__.startswith("legged_gym.")]


def one_type(kind: str, **fields: object) -> Terrain:
    """Two levels, of difficulty 0 and 0.5, of one kind without a border: vertex 0 of a tile is one of the map."""
    small = {"num_rows": 2, "num_cols": 1, "border_size": 0.0, "terrain_proportions": {kind: 1.0}}
    return Terrain(config(**small | fields), seed=0)


@pytest.mark.parametrize("fields, depth", [({}, 1.0), ({"hole_depth": 0.25}, 0.25)])
def test_holes_have_a_floor_and_a_rim(fields: dict, depth: float) -> None:
    terrain = one_type("gap", **fields)
    hole = terrain.heights < 0.0
    assert np.flatnonzero(hole[:81, 40]).tolist() == [24, 56]  # 0.1 m: a vertex beside those of the platform, 25 to 55
    assert (terrain.heights[hole] == -depth).all() and (terrain.heights[~hole] == 0.0).all()
    assert terrain.rims is not None and terrain.rims.dtype == np.float32
    assert (terrain.rims[hole] == 0.0).all() and np.isneginf(terrain.rims[~hole]).all()


@pytest.mark.parametrize("kind", OURS)
def test_holes_are_where_they_are_declared(kind: str) -> None:
    terrain = one_type(kind, num_rows=4, num_cols=2)
    assert (terrain.rims is not None) == (not WITHOUT_HOLES.issuperset(KINDS[kind]) and kind != "track")


def test_the_floor_lies_under_the_lowest_ground_of_its_tile() -> None:
    terrain = one_type("stepping_stones")
    for tile in (slice(0, 80), slice(81, 161)):  # the row in between belongs to both
        heights, rims = terrain.heights[tile], terrain.rims[tile]  # type: ignore[index]
        lowest = rims[np.isfinite(rims)]
        assert (lowest == lowest[0]).all() and -0.05 <= lowest[0] < -0.045
        assert np.allclose(heights[np.isfinite(rims)], lowest[0] - 1.0)
        assert heights[np.isneginf(rims)].min() == lowest[0]


def test_ground_without_holes_or_ceilings_has_neither() -> None:
    for terrain in (one_type("pit"), Terrain(config(mesh_type="plane"), seed=0)):
        assert terrain.rims is None and terrain.ceiling is None
        assert np.isinf(terrain.headroom(2.0)).all()


def test_ceilings_stand_at_their_place() -> None:
    """Bars 1 cell thick, 25 // 4 = 6 and 17 cells from the platform, which ends at vertex 55; 0.5 and 0.36 m up."""
    terrain = one_type("crawl", num_cols=2)
    assert terrain.type_names == ["crawl_bar", "crawl_tunnel"] and terrain.ceiling is not None
    assert terrain.ceiling.shape == terrain.heights.shape and terrain.ceiling.dtype == np.float32
    first, second = terrain.ceiling[:81, 40], terrain.ceiling[80:, 40]
    assert np.flatnonzero(first < np.inf).tolist() == [7, 18, 62, 73] and first[62] == 0.5
    assert np.flatnonzero(second < np.inf).tolist() == [7, 18, 62, 73] and second[62] == pytest.approx(0.36)
    tunnel = terrain.ceiling[:81, 120]
    assert np.flatnonzero(tunnel < np.inf).tolist() == [*range(11, 19), *range(62, 70)]
    assert np.isinf(terrain.relief()).all()  # no tile to stand on as on a plane


def test_heights_may_be_lists() -> None:
    assert (one_type("tests.own_parts:lists").heights == 0.0).all()


def test_holes_where_robots_begin() -> None:
    """The platform reaches 1.5 m from the middle, the gap begins a cell of 0.1 m further on."""
    assert not one_type("gap").bottomless(1.5).any() and not one_type("pit").bottomless(3.0).any()
    assert one_type("gap").bottomless(1.6).all()


def test_headroom_over_the_place_where_robots_begin() -> None:
    """Bars 2.2 m from the middle of their tile; a roof over the platform, to 1.5 m."""
    bars = one_type("crawl", num_cols=2).headroom
    assert np.isinf(bars(2.1)).all()
    assert bars(2.2) == pytest.approx(np.array([[0.5, 0.5], [0.36, 0.36]]))
    assert one_type("tests.own_parts:low_roof").headroom(0.0).tolist() == [[0.5], [0.5]]


def test_edges_are_vertices_beside_lower_ground() -> None:
    """A pit 0.1 m deep at level 0: the vertices around the platform, corners included, and none in it."""
    terrain = one_type("pit")
    edges = terrain.edges()
    assert edges.shape == terrain.heights.shape and edges.dtype == bool
    assert np.flatnonzero(edges[:81, 40]).tolist() == [24, 56]
    assert edges[:81].sum() == 33**2 - 31**2
    shallow = one_type("pit", sizes={"pit": (0.09, 0.09)})
    assert not shallow.edges().any()
    assert not PLANE.edges().any()


def test_columns_to_cross() -> None:
    terrain = Terrain(config(), seed=0)
    assert terrain.crossings().tolist() == [False] * 7 + [True] * 3
    assert not PLANE.crossings().any()


def test_sizes_by_level() -> None:
    sizes = Terrain(config(sizes={"drop": (0.2, 0.4)}), seed=0).sizes()
    assert list(sizes) == ["stairs_up", "stairs_down", "discrete", "stepping_stones", "pit", "drop"]
    assert sizes["stepping_stones"] == pytest.approx([0.4, 0.4, 0.3, 0.3])  # cells of 0.1 m
    assert sizes["pit"] == pytest.approx([0.1, 0.225, 0.35, 0.475])
    assert sizes["drop"] == pytest.approx([0.2, 0.25, 0.3, 0.35])
    assert sizes["stairs_up"] == sizes["stairs_down"] == pytest.approx([0.05, 0.095, 0.14, 0.185])
    assert sizes["discrete"] == pytest.approx([0.05, 0.1, 0.15, 0.2])
    assert PLANE.sizes() == {}


def test_steps_take_their_height_from_their_field_or_from_the_sizes() -> None:
    """The level square of stairs down stands on eight steps: (8 m - 3 m) / 2 are 25 cells, a step is three wide."""
    higher = Terrain(config(step_height=(0.1, 0.1), sizes={"stairs_down": (0.2, 0.2)}), seed=0)
    assert higher.sizes()["stairs_up"] == pytest.approx([0.1, 0.125, 0.15, 0.175])
    assert higher.sizes()["stairs_down"] == pytest.approx([0.2] * 4)
    column = higher.type_names.index("stairs_down")
    assert higher.env_origins[:, column, 2] == pytest.approx(8 * 0.2)


def test_faces_steeper_than_the_threshold_are_vertical() -> None:
    steep = Terrain(config(slope_threshold=0.75), seed=0)
    assert steep.slope_threshold == 0.75 and steep.face_angle(0.2) == 90.0
    assert steep.face_angle(0.05) == pytest.approx(math.degrees(math.atan(0.5)))
    assert Terrain(config(slope_threshold=0.75, mesh_type="plane"), seed=0).slope_threshold == 0.0


def test_a_function_that_is_no_generator_is_refused() -> None:
    cfg = TerrainCfg()
    cfg.num_rows, cfg.num_cols, cfg.terrain_proportions = 1, 1, {"os:getcwd": 1.0}
    with pytest.raises(UserError, match="'os:getcwd' must take a tile, a difficulty and a random generator"):
        Terrain(cfg, 1)
