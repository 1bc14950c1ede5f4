"""Ground to look at, against heights computed by hand. Tiles: 8 x 8 m, cells of 0.05 m, platform 3 m: 161 x 161
vertices, centre at vertex 80, platform from vertex 50 to 110; 50 cells from there to the edge; banks of 5 vertices."""

import itertools
import math
from typing import Any

import numpy as np
import pytest

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import CROSSINGS, GENERATORS, KINDS, SIZES, size_of
from legged_gym.terrain.tile import Tile
from legged_gym.terrain.tracks import OWN_TRACKS
from legged_gym.utils.errors import UserError

HOLE = -math.inf
HOLEY = ("gap", "gap_track", "stepping_stones", "beams", "rails", "rings", "tilted_ramps")


def tile_of(cell: float = 0.05, **sizes: tuple[float, float]) -> Tile:
    cfg = TerrainCfg()
    cfg.sizes = sizes
    return Tile(round(8.0 / cell), round(8.0 / cell), cell, 3.0, cfg)


def make(name: str, difficulty: float, tile: Tile | None = None, seed: int = 0) -> np.ndarray:
    heights: Any = GENERATORS[name](tile or tile_of(), difficulty, np.random.default_rng(seed))
    return heights


def runs(inside: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each run of true values."""
    steps = np.diff(np.concatenate([[0], inside.astype(int), [0]]))
    return list(zip(np.flatnonzero(steps == 1).tolist(), (np.flatnonzero(steps == -1) - 1).tolist(), strict=True))


def sides(heights: np.ndarray) -> list[np.ndarray]:
    """The tile turned so that +x, +y, -x and -y of the map is its +x: its half from the middle outwards [81, 161]."""
    return [np.rot90(heights, -turns)[80:] for turns in range(4)]


# -- declarations ------------------------------------------------------------------------------------------------------


def test_types_of_the_kinds() -> None:
    """legged_gym's kinds first and in its order: the columns of its maps stay where they are."""
    assert list(KINDS)[:8] == [
        "slope", "rough_slope", "stairs_up", "stairs_down", "discrete", "stepping_stones", "gap", "pit",
    ]  # fmt: skip
    assert KINDS["gap"] == ("gap", "gap_track") and KINDS["beams"] == ("beams", "rails")
    assert KINDS["crawl"] == ("crawl_bar", "crawl_tunnel") and KINDS["tilt"] == ("tilt",)


def test_types_with_a_way_across_have_a_size() -> None:
    ours = {name for name in GENERATORS if GENERATORS[name].__module__.startswith("legged_gym.")}
    assert CROSSINGS & ours == {
        *HOLEY, "pit", "drop", "platform", "hurdles", "crawl_bar", "crawl_tunnel", "tilt", *OWN_TRACKS, "track",
    }  # fmt: skip
    assert SIZES.keys() & ours == CROSSINGS & ours | {"wave", "stairs_up", "stairs_down", "discrete"}


@pytest.mark.parametrize(
    "name, easy, hard",
    [
        ("gap", 0.10, 0.80), ("gap_track", 0.10, 0.80), ("stepping_stones", 0.40, 0.20), ("beams", 0.45, 0.15),
        ("rails", 0.25, 0.10), ("rings", 0.10, 0.40), ("pit", 0.10, 0.60), ("drop", 0.10, 0.60),
        ("platform", 0.10, 0.50), ("hurdles", 0.10, 0.40), ("tilted_ramps", 5.0, 30.0), ("crawl_bar", 0.50, 0.22),
        ("crawl_tunnel", 0.50, 0.22), ("tilt", 0.40, 0.24),
    ],
)  # fmt: skip
def test_sizes_are_linear_in_the_difficulty(name: str, easy: float, hard: float) -> None:
    sizes = [size_of(name, tile_of(0.001), difficulty) for difficulty in (0.0, 0.5, 1.0, 1.2)]
    assert sizes == pytest.approx([easy, (easy + hard) / 2, hard, easy + 1.2 * (hard - easy)])


@pytest.mark.parametrize(
    "name, sizes",
    [
        ("gap", [0.10, 0.15, 0.80]), ("stepping_stones", [0.40, 0.40, 0.20]), ("beams", [0.45, 0.40, 0.15]),
        ("tilt", [0.40, 0.40, 0.25]), ("leap_track", [0.20, 0.30, 1.00]), ("tilt_track", [0.40, 0.40, 0.25]),
        ("pit", [0.10, 0.15, 0.60]),
    ],
)  # fmt: skip
def test_sizes_along_the_ground_are_whole_cells(name: str, sizes: list[float]) -> None:
    """At difficulty 0.1 a gap of 0.17 m has 3 cells, stones of 0.38 m have 8, and a beam of 0.42 m has 8."""
    assert [size_of(name, tile_of(), difficulty) for difficulty in (0.0, 0.1, 1.0)] == pytest.approx(sizes)


def test_stones_keep_their_pitch_whatever_their_size() -> None:
    """Stones of 0.375 m: 8 cells and 2 between them, not 3."""
    heights = make("stepping_stones", 0.0, tile_of(stepping_stones=(0.375, 0.375)))
    row = next(row for row in heights[8:48] if (row == HOLE).any())
    stones = runs(row != HOLE)[1:-1]
    assert {last - first + 1 for first, last in stones} == {8}
    assert {after[0] - before[0] for before, after in itertools.pairwise(stones)} == {10}


def test_sizes_are_the_configurations() -> None:
    tile = tile_of(gap=(0.3, 0.5), beams=(0.2, 0.0))
    assert size_of("gap", tile, 0.5) == pytest.approx(0.4) and size_of("gap_track", tile, 0.5) == pytest.approx(0.45)
    assert size_of("beams", tile, 1.2) == 0.05  # no less than a cell
    assert runs(make("gap", 0.5, tile)[:80, 80] == HOLE) == [(42, 49)]  # 0.4 m: 8 vertices


# -- holes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOLEY)
@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_platform_and_banks_are_solid(name: str, difficulty: float) -> None:
    heights = make(name, difficulty)
    assert (heights[50:111, 50:111] == 0.0).all() and (heights == HOLE).any()
    rim = 2 if name == "gap_track" else 5  # 0.25 m; two gaps of 0.8 m leave 0.1 m
    for bank in (heights[:rim], heights[-rim:], heights[:, :rim], heights[:, -rim:]):
        assert (bank == 0.0).all()


@pytest.mark.parametrize("difficulty, cells", [(0.0, 2), (0.1, 3), (0.5, 9), (1.0, 16), (1.2, 19)])
def test_gap_surrounds_the_platform(difficulty: float, cells: int) -> None:
    """0.10 + 0.70 d m, in cells of 0.05 m, halves up: 3.4 -> 3, 9, 18.8 -> 19."""
    heights = make("gap", difficulty)
    for profile in (heights[:, 80], heights[80], heights[::-1, 60]):
        assert runs(profile == HOLE) == [(50 - cells, 49), (111, 110 + cells)]
    assert (heights == HOLE).sum() == (61 + 2 * cells) ** 2 - 61**2
    assert (heights[heights != HOLE] == 0.0).all()


@pytest.mark.parametrize("difficulty, cells", [(0.0, 2), (0.5, 9), (1.0, 16)])
def test_two_gaps_with_a_landing_of_16_cells(difficulty: float, cells: int) -> None:
    for profile in sides(make("gap_track", difficulty)):
        second = 31 + cells + 16
        assert runs(profile[:, 80] == HOLE) == [(31, 30 + cells), (second, second + cells - 1)]


def test_ramps_that_stand_upright_are_refused() -> None:
    with pytest.raises(UserError, match="'tilted_ramps': ramps tilted by 95 degrees are none"):
        make("tilted_ramps", 1.2, tile_of(tilted_ramps=(5.0, 80.0)))


def test_gaps_that_do_not_fit_are_refused() -> None:
    """49 cells, 2.45 m, between the platform and the outline."""
    assert (make("gap", 1.0, tile_of(gap=(2.45, 2.45))) == HOLE).any()
    with pytest.raises(UserError, match="'gap': 2.5 m do not fit into the 2.45 m between platform and edge"):
        make("gap", 0.0, tile_of(gap=(2.5, 0.1)))
    with pytest.raises(UserError, match="'gap_track': 2.7 m do not fit"):
        make("gap_track", 1.2)
    with pytest.raises(UserError, match="'rings': 2.55 m do not fit"):
        make("rings", 0.0, tile_of(rings=(2.3, 0.1)))


@pytest.mark.parametrize(
    "name, fits, too_much, why",
    [
        ("stepping_stones", 0.5, 0.55, "stones touch"),
        ("rails", 0.25, 0.3, "two rails are one beam"),
        ("beams", 2.95, 3.0, "a beam is as wide as the platform"),
        ("tilt", 2.95, 3.0, "a gate is as wide as the platform"),
        ("tilt_track", 7.45, 7.5, "no wall is left on the tile"),
    ],
)
def test_what_would_no_longer_be_of_its_type_is_refused(name: str, fits: float, too_much: float, why: str) -> None:
    tile = tile_of(**{name: (fits, too_much)})
    GENERATORS[name](tile, 0.0, np.random.default_rng(1))
    with pytest.raises(UserError, match=f"'{name}': with {too_much:g} m {why}: use terrain.sizes of less"):
        GENERATORS[name](tile, 1.0, np.random.default_rng(1))


@pytest.mark.parametrize("difficulty, stone, gap", [(0.0, 8, 2), (0.5, 6, 4), (1.0, 4, 6)])
def test_stepping_stones_stand_half_a_metre_apart(difficulty: float, stone: int, gap: int) -> None:
    """Sides of 0.40, 0.30 and 0.20 m; the first row a gap away from the bank."""
    heights = make("stepping_stones", difficulty)
    first = 5 + gap
    assert (heights[5:first, 5:-5] == HOLE).all()
    for start in (first, first + 10):
        row = heights[start : start + stone, 5:-5]
        assert (row == row[0]).all()
        assert (heights[start + stone : start + 10, 5:-5] == HOLE).all()
        inside = runs(row[0] == HOLE)[1:-1]
        assert all(last - begin + 1 == gap for begin, last in inside) and len(inside) >= 12
        assert set(np.diff([begin for begin, _ in inside])) == {10}


def test_stepping_stones_are_5_cm_high_or_low_and_rows_are_shifted() -> None:
    stones = [make("stepping_stones", 1.0, seed=seed) for seed in range(4)]
    tops = np.concatenate([heights[11:15, 5:-5].ravel() for heights in stones])
    tops = np.unique(tops[tops != HOLE])
    assert len(tops) >= 55 and np.abs(tops).max() <= 0.05 and np.abs(tops).max() > 0.045  # 15 or 16 stones a row
    assert len({(heights[start, 5:-5] == HOLE).tobytes() for heights in stones for start in (11, 21, 31)}) > 4


def test_random_tiles_follow_the_generator() -> None:
    for name in ("stepping_stones", "beams"):
        assert np.array_equal(make(name, 0.5, seed=4), make(name, 0.5, seed=4))
        assert not np.array_equal(make(name, 0.5, seed=4), make(name, 0.5, seed=5))


@pytest.mark.parametrize("difficulty, width", [(0.0, 9), (0.5, 6), (1.0, 3)])
def test_a_beam_to_each_side_within_30_cm_of_the_middle(difficulty: float, width: int) -> None:
    """0.45, 0.30 and 0.15 m wide; the middle of the side is vertex 80."""
    shifts = set()
    for seed in range(6):
        for side in sides(make("beams", difficulty, seed=seed)):
            beam = side[31:76, 45:116] == 0.0  # beyond the platform, before the bank
            assert (beam == beam[0]).all()
            ((first, last),) = runs(beam[0])
            assert last - first + 1 == width
            shifts.add((first + last + 1) // 2 + 45 - 80 - (width % 2 == 0))
    assert min(shifts) >= -6 and max(shifts) <= 6 and len(shifts) > 6


def test_beams_turn_with_their_side() -> None:
    """Shifts are to the left as seen from the platform: the same shift on all sides looks the same from each."""

    class Three:
        def integers(self, low: int, high: int, endpoint: bool, size: int) -> np.ndarray:
            assert (low, high, endpoint) == (-6, 6, True)
            return np.full(size, 3)

    heights: Any = GENERATORS["beams"](tile_of(), 1.0, Three())  # pyright: ignore[reportArgumentType]
    assert runs(heights[120, 30:131] == 0.0) == [(52, 54)]  # to +x: vertices 82 to 84, 0.15 m to the left
    assert runs(heights[40, 30:131] == 0.0) == [(46, 48)]  # to -x: 76 to 78
    assert runs(heights[30:131, 120] == 0.0) == [(46, 48)] and runs(heights[30:131, 40] == 0.0) == [(52, 54)]


@pytest.mark.parametrize("difficulty, left, right", [(0.0, (81, 85), (75, 79)), (1.0, (83, 84), (77, 78))])
def test_rails_stand_30_cm_apart(difficulty: float, left: tuple[int, int], right: tuple[int, int]) -> None:
    """Two of 0.25 m (5 vertices) and of 0.10 m (2), their middles 6 cells apart."""
    side = make("rails", difficulty)[111:155, 40:121]
    for row in side:
        assert runs(row == 0.0) == [tuple(i - 40 for i in right), tuple(i - 40 for i in left)]


@pytest.mark.parametrize("difficulty, gap, count", [(0.0, 2, 5), (0.5, 5, 4), (1.0, 8, 3)])
def test_rings_have_ground_of_8_cells_between_gaps(difficulty: float, gap: int, count: int) -> None:
    """As many as fit before the bank, which begins 45 cells from the platform."""
    starts = [31 + n * (gap + 8) for n in range(count)]
    for side in sides(make("rings", difficulty)):
        assert runs(side[:, 80] == HOLE) == [(start, start + gap - 1) for start in starts]
    assert starts[-1] + gap <= 76 < starts[-1] + 2 * gap + 8


def test_ramps_tilt_to_the_left_and_to_the_right_in_turn() -> None:
    """At 30 degrees; 0.1 m of gap, 0.7 m of ramp, 1.2 m wide: 24 vertices, from 11 cells right to 12 cells left."""
    for side in sides(make("tilted_ramps", 1.0)):
        assert runs(side[31:76, 80] == HOLE) == [(0, 1), (16, 17), (32, 33)]
        for rows in (slice(33, 47), slice(49, 63), slice(65, 76)):
            ramp = side[rows, 60:101]
            assert (ramp == ramp[0]).all()
            assert runs(ramp[0] != HOLE) in ([(9, 32)], [(8, 31)])
        slope = np.diff(side[40, 70:91])
        assert np.allclose(slope, slope[0]) and abs(slope[0]) == pytest.approx(0.05 * math.tan(math.radians(30.0)))
        assert np.allclose(np.diff(side[55, 70:91]), -slope[0])


# -- drops and walls ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("difficulty, depth", [(0.0, 0.1), (0.5, 0.35), (1.0, 0.6)])
def test_pit_and_drop(difficulty: float, depth: float) -> None:
    for name, height in (("pit", -depth), ("drop", depth)):
        heights = make(name, difficulty)
        assert np.allclose(heights[50:111, 50:111], height)
        heights[50:111, 50:111] = 0.0
        assert (heights == 0.0).all()


@pytest.mark.parametrize("difficulty, height", [(0.0, 0.1), (0.5, 0.3), (1.0, 0.5)])
def test_platform_to_climb(difficulty: float, height: float) -> None:
    """From 10 cells beyond the start, 25 cells (1.25 m) wide: a fifth and a half of the 50 cells there are."""
    for side in sides(make("platform", difficulty)):
        assert runs(side[:, 80] > 0.0) == [(41, 65)] and np.allclose(side[41:66, 80], height)
        assert set(np.unique(side)) == {0.0, side.max()}


@pytest.mark.parametrize("difficulty, height", [(0.0, 0.1), (1.0, 0.4)])
def test_two_hurdles_of_10_cm(difficulty: float, height: float) -> None:
    """12 and 35 cells beyond the start, 2 vertices thick."""
    for side in sides(make("hurdles", difficulty)):
        assert runs(side[:, 80] > 0.0) == [(43, 44), (66, 67)] and np.allclose(side[43:45, 80], height)


# -- over and beside the way -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("difficulty, clearance", [(0.0, 0.5), (0.5, 0.36), (1.0, 0.22)])
@pytest.mark.parametrize("name, places", [("crawl_bar", [(43, 44), (66, 67)]), ("crawl_tunnel", [(43, 58)])])
def test_bars_and_tunnels(name: str, places: list[tuple[int, int]], difficulty: float, clearance: float) -> None:
    """Bars 0.1 m thick, 12 and 35 cells beyond the start; a tunnel of 0.8 m. The ground is level."""
    made: Any = GENERATORS[name](tile_of(), difficulty, np.random.default_rng(0))
    ground, ceiling = made
    assert (ground == 0.0).all()
    for side in sides(ceiling):
        assert runs(side[:, 80] < math.inf) == places
        assert np.allclose(side[places[0][0], 80], clearance)
    assert len(np.unique(ceiling)) == 2 and np.isinf(ceiling[50:111, 50:111]).all()


@pytest.mark.parametrize("difficulty, gate", [(0.0, (77, 84)), (0.5, (78, 83)), (1.0, (78, 82))])
def test_gate_in_the_middle_of_each_side(difficulty: float, gate: tuple[int, int]) -> None:
    """0.40, 0.32 -> 6 and 0.24 -> 5 vertices; a wall 1 m high, 8 vertices thick, 12 cells beyond the start."""
    heights = make("tilt", difficulty)
    assert runs(heights[80:, 60] > 0.0) == [(43, 50)] and set(np.unique(heights)) == {0.0, 1.0}
    first, last = (np.array(gate) - 40).tolist()
    assert runs(heights[125, 40:121] == 0.0) == [(first, last)]  # the wall to +x; left is +y
    assert runs(heights[35, 120:39:-1] == 0.0) == [(first, last)]  # to -x; left is -y
    assert runs(heights[120:39:-1, 125] == 0.0) == [(first, last)]
    assert runs(heights[40:121, 35] == 0.0) == [(first, last)]


# -- other grids -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells, width", [(160, 3), (160, 4), (161, 3), (161, 4)])
def test_a_strip_is_as_wide_as_it_says_and_in_the_middle(cells: int, width: int) -> None:
    tile = Tile(cells, cells, 0.05, 3.0)
    inside = tile.strip(tile.offsets()[1], width)[0]
    ((first, last),) = runs(inside)
    assert last - first + 1 == width and abs((first + last) / 2 - cells / 2) <= 0.5
    if (cells + 1 - width) % 2 == 0:
        assert first + last == cells  # a grid that can hold it symmetrically does


def test_lengths_are_whole_cells_of_coarse_grids() -> None:
    heights = make("gap", 0.5, tile_of(cell=0.1))  # 0.45 m -> 4.5 -> 5 cells; platform from vertex 25 to 55
    assert runs(heights[:, 40] == HOLE) == [(20, 24), (56, 60)]


def test_sides_of_a_tile() -> None:
    tile = Tile(4, 4, 1.0, 1.0)
    across = tile.across()
    assert across[4].tolist() == [-2, -1, 0, 1, 2]  # +x: left is +y
    assert across[0, 1:4].tolist() == [1, 0, -1]  # -x: left is -y
    assert across[1:4, 4].tolist() == [1, 0, -1] and across[1:4, 0].tolist() == [-1, 0, 1]  # +y: left is -x
    assert tile.ring(0, 1).sum() == 8 and tile.ring(1, 1).sum() == 16 and not tile.ring(0, 2)[2, 2]
