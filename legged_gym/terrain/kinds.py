"""The terrain types by name: their generators, the kinds they are of, and how large they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from legged_gym.config.registry import Registry
from legged_gym.config.suggest import nearest
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.tile import Tile
from legged_gym.utils.errors import UserError

HOLE = -np.inf
"""Height of a vertex where there is no ground; the map puts a floor under it, `terrain.hole_depth` down."""
OPEN = np.inf
"""Ceiling of a vertex over which nothing hangs."""

SMALLEST = 1.0e-3
"""Of what is nothing without a size: a stone, a passage, m."""

Ground = np.ndarray | tuple[np.ndarray, np.ndarray]
"""Heights in m, [length_cells + 1, width_cells + 1], of a tile; or heights and ceilings: undersides of what hangs over
the ground."""
Generator = Callable[[Tile, float, np.random.Generator], Ground]
"""The ground of a tile of difficulty 0 to 1.2."""
GENERATORS: Registry[Generator] = Registry("terrain type")
"""Terrain type -> generator."""
KINDS: dict[str, tuple[str, ...]] = {}
"""Names in `terrain_proportions` -> the terrain types that share the proportion in equal parts."""


@dataclass(frozen=True)
class Size:
    """What makes a terrain type hard."""

    meaning: str
    easy: float = 0.0
    """At difficulty 0."""
    hard: float = 0.0
    """At difficulty 1."""
    unit: str = "m"
    setting: str | None = None
    """Field of `terrain` that says it, at difficulty 0 and what difficulty 1 adds; in the place of `easy` and `hard`.
    """
    along_ground: bool = False
    """It is a length along the ground, of which a grid holds whole cells alone."""
    least: float = 0.0
    """Smallest that `terrain.sizes` may ask for."""
    most: float = 100.0
    """Largest."""

    def ends(self, cfg: TerrainCfg | type[TerrainCfg]) -> tuple[float, float]:
        """The size at difficulty 0 and at 1 that a configuration leaves it."""
        if self.setting is None:
            return self.easy, self.hard
        first, growth = getattr(cfg, self.setting)
        return first, first + growth


SIZES: dict[str, Size] = {}
"""Terrain type -> its size; types without one are not listed."""
WITHOUT_HOLES: set[str] = set()
"""Terrain types that never have a hole."""
NO_HOLES = "no terrain type of the map has holes"
"""Why `terrain.hole_depth` has no effect there."""
CROSSINGS: set[str] = set()
"""Terrain types with a way across along x and along y, through the tile's centre: a gap, a row of stones, a beam."""


def terrain(
    name: str, kind: str | None = None, size: Size | None = None, crossing: bool = False, holes: bool = True
) -> Callable[[Generator], Generator]:
    """Register a generator as a terrain type: `@terrain("waves")`, and name it in `terrain.terrain_proportions`.

    Args:
        name: of the type.
        kind: its name in `terrain_proportions`, which several types may share; by default it has one of its own.
        size: what `size_of` gives the generator, and evaluations report beside the success.
        crossing: there is a way across: see `CROSSINGS`.
        holes: there may be some in it, and `terrain.hole_depth` counts.

    Raises:
        UserError: there is another type or a kind of this name, or a size is none.
    """
    if not isinstance(name, str) or not isinstance(size, Size | None):
        raise UserError(f'@terrain takes a name and a Size, as @terrain("waves"), not {name!r} and {size!r}')
    if size is not None and size.setting is not None and not hasattr(TerrainCfg, size.setting):
        raise UserError(f"terrain type {name!r}: there is no terrain.{size.setting} to be its size")

    def add(generator: Generator) -> Generator:
        if kind is None and name not in KINDS.get(name, (name,)):
            raise UserError(f"terrain type {name!r}: that is the name of a kind already, of {', '.join(KINDS[name])}")
        GENERATORS.register(name)(generator)
        shared = KINDS.get(kind or name, ())
        KINDS[kind or name] = shared if name in shared else (*shared, name)
        if size is not None:
            SIZES[name] = size
        if crossing:
            CROSSINGS.add(name)
        if not holes:
            WITHOUT_HOLES.add(name)
        return generator

    return add


def check_sizes(sizes: Mapping[str, Sequence[float]]) -> None:
    """See that terrain types have sizes, and can have those that they are given.

    Args:
        sizes: `terrain.sizes`.

    Raises:
        UserError: one has none, or cannot.
    """
    for name, ends in sizes.items():
        if name not in SIZES:
            instead = nearest(name, SIZES) or f"; types with one are {', '.join(sorted(SIZES))}"
            raise UserError(f"terrain.sizes: {name!r} has no size{instead}")
        size = SIZES[name]
        if not all(size.least <= end <= size.most for end in ends):
            raise UserError(
                f"terrain.sizes.{name} = {list(ends)}: the {size.meaning} must be at least {size.least:g} and at most "
                f"{size.most:g} {size.unit}"
            )


def size_of(name: str, tile: Tile, difficulty: float) -> float:
    """The size of a terrain type at a difficulty, at least 0: that of `terrain.sizes`, or of its declaration.

    Along the ground it is what stands there: whole cells, at least one.
    """
    declared = SIZES[name]
    easy, hard = tile.cfg.sizes.get(name) or declared.ends(tile.cfg)
    size = max(0.0, easy + (hard - easy) * difficulty)
    return round(tile.cells(size) * tile.cell, 9) if declared.along_ground else size


def require_room(name: str, tile: Tile, metres: float) -> None:
    """Make sure that something fits between a tile's platform and its outline.

    Raises:
        UserError: it does not.
    """
    room = (tile.cells_to_platform() - 1) * tile.cell
    if metres > room + 1e-6:
        raise UserError(
            f"terrain type {name!r}: {metres:.3g} m do not fit into the {room:.3g} m between platform and edge of a "
            "tile: use larger tiles (terrain.terrain_length and terrain_width), a smaller terrain.platform_size or "
            "smaller terrain.sizes"
        )


def require_less(name: str, metres: float, limit: float, otherwise: str) -> None:
    """Make sure that a size along the ground leaves what a terrain type is named after.

    Args:
        name: of the type.
        metres: its size.
        limit: what it has to be smaller than, m.
        otherwise: what would be where it is not.

    Raises:
        UserError: it is not smaller.
    """
    if metres > limit - 1e-6:
        raise UserError(
            f"terrain type {name!r}: with {metres:.3g} m {otherwise}: use terrain.sizes of less than {limit:.3g} m"
        )
