"""Obstacle tracks: from the middle of a tile, where the robot begins, blocks stand one behind the other along +x.

Beside the heights there is a plan of each tile: what stands where, for rewards and observations that have to know it.
Obstacles are as wide as their tile; who runs on a track keeps to its `TRACK_WIDTH`. Ranges of the sizes are those of
Robot Parkour Learning (Zhuang et al. 2023, arXiv 2309.05665, tutorial of its A1).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from legged_gym.config.fields import Ordered
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import PositiveExtent
from legged_gym.config.suggest import nearest
from legged_gym.terrain.columns import column_types
from legged_gym.terrain.config import MAX_DIFFICULTY, TerrainCfg
from legged_gym.terrain.kinds import (
    HOLE,
    NO_HOLES,
    OPEN,
    SMALLEST,
    WITHOUT_HOLES,
    Ground,
    Size,
    require_less,
    size_of,
    terrain,
)
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tile import Tile
from legged_gym.utils.errors import UserError

TRACK_WIDTH = 1.6
"""m."""
BACK = 1.0
"""A robot may go back so far from the track's beginning, m."""
START = 1.2
"""From the tile's middle to the first block, m: a robot begins within 0.3 m of the middle, on level ground."""
LANDING = 1.0
"""Level ground behind each block, m: one and a half robots, so that none is in two blocks at once."""
RIM = 0.25
"""Level ground along the outline of the tile, m."""
LEAP_CLEARANCE = 0.2
"""How high over a gap a robot is to leap, m."""
WALL_HEIGHT = 0.5
"""Of the walls of `tilt`, m."""

Box = tuple[float, float, float, float, float, float]
"""Least and largest x, y and z, m, from the tile's middle; infinite where it is open."""


@dataclass(frozen=True)
class Block:
    """A kind of obstacle."""

    size: Size
    length: tuple[float, float] | None
    """Along the track, drawn from here, m; None: the size itself."""


BLOCKS = {
    "climb": Block(Size("height", 0.20, 0.50), (0.4, 0.8)),
    "leap": Block(Size("width of the gap", 0.20, 1.00, along_ground=True), None),
    "crawl": Block(Size("clearance", 0.50, 0.25, least=SMALLEST), (0.2, 0.6)),
    "tilt": Block(Size("distance of the walls", 0.40, 0.24, along_ground=True, least=SMALLEST), (0.4, 1.0)),
}
"""Name in `terrain.track` -> the block."""
OWN_TRACKS = tuple(f"{name}_track" for name in BLOCKS)
"""Terrain types with one block alone."""
TRACKS = (*OWN_TRACKS, "track")
"""Terrain types whose way across begins in the middle of a tile and leads along +x."""
DEFAULT_TRACK = ("climb", "crawl")


class TrackTerrainCfg(TerrainCfg):
    """A map with a track of several blocks."""

    track: list[str] = list(DEFAULT_TRACK)
    """Blocks of the terrain type `track`, from its beginning."""
    lengths: dict[str, Annotated[tuple[PositiveExtent, PositiveExtent], Ordered()]] = {}
    """Least and largest length of blocks along the track where they are not the declared ones, m, such as
    `{"climb": [0.1, 0.2]}`."""

    def idle(self) -> Idle:
        """As the base's, and what is of tracks that do not stand in the map, or of other blocks."""
        yield from super().idle()
        if self.mesh_type == "plane":
            return
        standing = column_types(self.terrain_proportions, self.num_cols)
        if "track" not in standing:
            yield "track", "terrain.terrain_proportions has no track"
        blocks = {block for name in standing for block in blocks_of(name, self)}
        for block in self.lengths:
            if block not in blocks:
                yield f"lengths.{block}", f"no track of the map has a block {block}"
        if "leap" not in blocks and WITHOUT_HOLES.issuperset(name for name in standing if name != "track"):
            yield "hole_depth", NO_HOLES

    def contradictions(self) -> Iterator[str]:
        """As the base's, and blocks that there are not."""
        yield from super().contradictions()
        for field, blocks in (("track", self.track), ("lengths", self.lengths)):
            for block in blocks:
                if block not in BLOCKS:
                    yield unknown_block(f"terrain.{field}", block)
                if field == "lengths" and BLOCKS[block].length is None:
                    yield f"terrain.lengths: {block!r} is as long as it is wide: see terrain.sizes"


def unknown_block(where: str, block: str) -> str:
    """What is told of a block that there is not, in a setting."""
    return f"{where}: unknown block {block!r}{nearest(block, BLOCKS)}; there are {', '.join(BLOCKS)}"


@dataclass(frozen=True)
class Obstacle:
    """A block in its place; lengths are whole cells."""

    block: str
    start: float
    """Its first face, from the tile's middle along x, m."""
    length: float
    """m."""
    size: float
    """What makes it hard, see `BLOCKS`, m."""
    gap: tuple[float, float] = (0.0, 0.0)
    """Inner faces of the walls of `tilt`, right and left of the middle line, m."""

    @property
    def end(self) -> float:
        """Its last face, m."""
        return self.start + self.length

    def boxes(self) -> list[Box]:
        """What a robot must keep out of."""
        x, (right, left) = (self.start, self.end), self.gap
        anywhere, low, high = (-np.inf, np.inf), -np.inf, np.inf
        return {
            "climb": [(*x, *anywhere, low, self.size)],
            "leap": [(*x, *anywhere, low, LEAP_CLEARANCE)],
            "crawl": [(*x, *anywhere, self.size, high)],
            "tilt": [(*x, low, right, low, WALL_HEIGHT), (*x, left, high, low, WALL_HEIGHT)],
        }[self.block]


def plan_track(name: str, tile: Tile, difficulty: float, rng: np.random.Generator) -> list[Obstacle]:
    """Where the blocks of a tile stand; nowhere on a type that is no track.

    Args:
        name: of the terrain type.
        tile: the grid.
        difficulty: of the tile.
        rng: draws lengths.

    Raises:
        UserError: the track is longer than the tile.
    """
    plan: list[Obstacle] = []
    blocks = blocks_of(name, tile.cfg)
    if name == "track":
        difficulty = size_of(name, tile, difficulty)
    half, start = tile.length_cells % 2 / 2, tile.cells(START)  # an odd tile has no vertices in its middle
    for block in blocks:
        cells, obstacle = _place(block, tile, difficulty, rng, start + half)
        plan.append(obstacle)
        start += cells + tile.cells(LANDING)
    needed, room = start * tile.cell - LANDING + RIM, tile.length_cells * tile.cell / 2
    if blocks and needed > room + 1e-6:
        raise UserError(
            f"terrain type {name!r}: its blocks ({', '.join(blocks)}) need {needed:.3g} m from the middle of a tile, "
            f"which has {room:.3g} m: use terrain.terrain_length = {2 * np.ceil(needed):g}, fewer blocks or smaller "
            "terrain.sizes"
        )
    return plan


def plans(terrain: Terrain) -> list[list[list[Obstacle]]]:
    """The obstacles of every tile of a map, by level and column; none on a plane."""
    if terrain.is_plane:
        return [[[] for _ in range(terrain.num_types)] for _ in range(terrain.num_levels)]
    tile = terrain.tile()
    return [
        [
            plan_track(name, tile, terrain.difficulty(level, column), terrain.tile_random(level, column))
            for column, name in enumerate(terrain.type_names)
        ]
        for level in range(terrain.num_levels)
    ]


def take_obstacles_off(terrain: Terrain) -> None:
    """Leave nothing on a map's tracks but level ground and gaps: their plan, and other tiles, stay what they were."""
    for level, column in np.ndindex(terrain.num_levels, terrain.num_types):
        if terrain.type_names[column] not in TRACKS:
            continue
        rows, cols = terrain.tile_vertices(level, column)
        inner = slice(rows.start + 1, rows.stop - 1), slice(cols.start + 1, cols.stop - 1)  # nothing is on the outline
        terrain.heights[inner] = np.minimum(terrain.heights[inner], 0.0)
        if terrain.ceiling is not None:
            terrain.ceiling[inner] = OPEN
    if terrain.ceiling is not None and not np.isfinite(terrain.ceiling).any():
        terrain.ceiling = None


@terrain("climb_track", size=BLOCKS["climb"].size, crossing=True, holes=False)
def climb_track(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A plateau across the track, 0.4 to 0.8 m long."""
    return _ground("climb_track", tile, difficulty, rng)


@terrain("leap_track", size=BLOCKS["leap"].size, crossing=True)
def leap_track(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A gap across the track."""
    return _ground("leap_track", tile, difficulty, rng)


@terrain("crawl_track", size=BLOCKS["crawl"].size, crossing=True, holes=False)
def crawl_track(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A roof over the track, 0.2 to 0.6 m long."""
    return _ground("crawl_track", tile, difficulty, rng)


@terrain("tilt_track", size=BLOCKS["tilt"].size, crossing=True, holes=False)
def tilt_track(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """Two walls along the track, 0.4 to 1 m long, narrower than the robot."""
    return _ground("tilt_track", tile, difficulty, rng)


@terrain("track", size=Size("difficulty of the blocks", 0.0, 1.0, "of 1", most=MAX_DIFFICULTY), crossing=True)
def track(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """The blocks of `terrain.track`, one behind the other."""
    return _ground("track", tile, difficulty, rng)


def blocks_of(name: str, cfg: TerrainCfg | type[TerrainCfg]) -> Sequence[str]:
    """The blocks of a terrain type; none of one that is no track."""
    if name == "track":
        return getattr(cfg, "track", DEFAULT_TRACK)  # maps of other tasks have no such field
    return (name.removesuffix("_track"),) if name in OWN_TRACKS else ()


def _place(block: str, tile: Tile, difficulty: float, rng: np.random.Generator, first: float) -> tuple[int, Obstacle]:
    """A block, and its length in cells; its first row of vertices lies `first` cells from the tile's middle."""
    size = size_of(f"{block}_track", tile, difficulty)
    lengths = getattr(tile.cfg, "lengths", {}).get(block, BLOCKS[block].length)
    cells = tile.cells(size if lengths is None else rng.uniform(*lengths))
    place = (first - 0.5) * tile.cell, cells * tile.cell
    if block == "leap":
        return cells, Obstacle(block, *place, place[1])
    if block == "tilt":
        require_less("tilt_track", size, tile.width_cells * tile.cell - 2 * RIM, "no wall is left on the tile")
        right, left = _gate(tile, size)
        return cells, Obstacle(block, *place, left - right, (right, left))
    return cells, Obstacle(block, *place, size)


def _ground(name: str, tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """Heights and ceilings of a track; its faces are half-way between vertices."""
    x, y = (offset * tile.cell for offset in tile.offsets())
    heights, ceiling = np.zeros(tile.shape), np.full(tile.shape, OPEN)
    inside = tile.edge_distance() >= tile.cells(RIM)
    for obstacle in plan_track(name, tile, difficulty, rng):
        place = inside & (x > obstacle.start) & (x < obstacle.end)
        right, left = obstacle.gap
        match obstacle.block:
            case "climb":
                heights[place] = obstacle.size
            case "leap":
                heights[place] = HOLE
            case "crawl":
                ceiling[place] = obstacle.size
            case "tilt":
                heights[place & ((y < right) | (y > left))] = WALL_HEIGHT
    return heights, ceiling


def _gate(tile: Tile, width: float) -> tuple[float, float]:
    """The right and the left end of a gap in the middle of the track, m: half a cell beyond its outer vertices."""
    y = tile.offsets()[1][0]
    free = y[Tile.strip(y, tile.cells(width))]
    return float(free[0] - 0.5) * tile.cell, float(free[-1] + 0.5) * tile.cell
