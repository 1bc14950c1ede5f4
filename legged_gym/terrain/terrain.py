"""The terrain map: levels x types of tiles, built once and shared by all environments."""

import inspect
import logging
import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from legged_gym.config.checks import check_config
from legged_gym.terrain.columns import column_types, kinds_without_column
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import CROSSINGS, GENERATORS, OPEN, SIZES, Generator, check_sizes, size_of
from legged_gym.terrain.tile import Tile
from legged_gym.utils.errors import UserError

if TYPE_CHECKING:  # programs without torch use the map too
    import torch

logger = logging.getLogger(__name__)

PLANE_SIZE = 2000.0
"""Side of the map that stands for a plane, m."""
ORIGIN_RADIUS = 1.0
"""An origin's height is the highest within this distance of its tile's centre along x and y, m."""
MAP_MARGIN = 0.5
"""How near to the map's end a robot's base may come before its feet step off it, m: half a robot."""
HIGHEST = 1000.0
"""Ground reaches no farther up or down, m: a float32 still resolves 0.06 mm there."""
EDGE_DROP = 0.1
"""Ground beside an edge lies at least this much lower, m: lower steps are no danger to a foot."""

Points = TypeVar("Points", "np.ndarray", "torch.Tensor")


class Terrain:
    """A height map centred on the world's origin: row index along x (levels), column index along y (types).

    Tiles are `tile_size` large and stand edge to edge inside a flat border at height 0. Level l is row l whether or not
    the curriculum is on. Every tile has a random stream of its own, made of (seed, level, column).

    Between vertices the ground is taken as bilinear; engines split a cell into two triangles. Vertical faces are ramps
    one cell wide (see `face_angle`), or with a `slope_threshold` truly vertical, half-way between their vertices.
    """

    cfg: TerrainCfg
    """What the map was built from."""
    heights: np.ndarray
    """Ground height of every vertex [rows, cols], float32, m."""
    ceiling: np.ndarray | None
    """Underside of what hangs over every vertex [rows, cols], float32, m; infinite where nothing does; None: nowhere.
    A vertex owns the square of one cell around it, which is solid from there up."""
    rims: np.ndarray | None
    """Where a vertex is the floor of a hole, the height of the lowest ground of its tile [rows, cols], float32, m;
    minus infinity elsewhere; None: there are no holes."""
    slope_threshold: float
    """Steeper faces, m/m, are vertical; 0: none is."""
    horizontal_scale: float
    """Distance of neighbouring vertices, m."""
    origin_xy: tuple[float, float]
    """World position of `heights[0, 0]`, m."""
    is_plane: bool
    """No map: `heights` is 2 x 2 zeros, 2 km wide, so that samplers need no special case."""
    type_names: list[str]
    """Terrain type of each column; all `plane` on a plane."""
    difficulties: np.ndarray
    """Difficulty of each level [levels]."""
    tile_size: tuple[float, float]
    """Tile length along x and width along y, m."""
    env_origins: np.ndarray
    """Spawn points [levels, types, 3], float32, m: the tile's centre, at the highest ground within 1 m of it."""

    def __init__(self, cfg: TerrainCfg, seed: int):
        """Build the map.

        Args:
            cfg: what to build.
            seed: same seed, same map.

        Raises:
            UserError: a setting is unknown or impossible.
        """
        check_config(cfg, "terrain.")
        if seed < 0:
            raise UserError(f"terrain: the seed must be at least 0, not {seed}")
        self.cfg, self._seed = cfg, seed
        self.is_plane = cfg.mesh_type == "plane"
        self.slope_threshold = 0.0 if self.is_plane else float(cfg.slope_threshold)
        self.ceiling = self.rims = None
        self.num_levels, self.num_types = cfg.num_rows, cfg.num_cols
        self.tile_size = (float(cfg.terrain_length), float(cfg.terrain_width))
        low, high = cfg.difficulty_range
        self.difficulties = low + (high - low) * np.arange(cfg.num_rows) / cfg.num_rows
        if self.is_plane:
            self.type_names = ["plane"] * cfg.num_cols
            self.horizontal_scale = PLANE_SIZE
            self.heights = np.zeros((2, 2), dtype=np.float32)
        else:
            self.type_names = column_types(cfg.terrain_proportions, cfg.num_cols)
            self.horizontal_scale = float(cfg.horizontal_scale)
            self._build(cfg)
            logger.info(
                "terrain: %d levels x %d columns, %d x %d points; a face of 0.2 m rises at %.0f degrees",
                *(cfg.num_rows, cfg.num_cols, *self.heights.shape, self.face_angle(0.2)),
            )
            if absent := kinds_without_column(cfg.terrain_proportions, self.type_names):
                logger.info("terrain: %d columns are too few: without %s", cfg.num_cols, ", ".join(absent))
        rows, cols = self.heights.shape
        self.origin_xy = (-(rows - 1) * self.horizontal_scale / 2, -(cols - 1) * self.horizontal_scale / 2)
        self.env_origins = self._origins()

    def face_angle(self, height: float) -> float:
        """Steepness in degrees of a vertical face of `height` m, which may be a ramp one cell wide."""
        if 0.0 < self.slope_threshold < height / self.horizontal_scale:
            return 90.0
        return math.degrees(math.atan2(height, self.horizontal_scale))

    def tile_bounds(self, level: int, column: int) -> tuple[float, float, float, float]:
        """World rectangle (x_min, y_min, x_max, y_max) of a tile, m."""
        length, width = self.tile_size
        x = (level - self.num_levels / 2) * length
        y = (column - self.num_types / 2) * width
        return x, y, x + length, y + width

    def tile_vertices(self, level: int, column: int) -> tuple[slice, slice]:
        """Rows and columns of a tile's vertices, with those of its outline, which neighbouring tiles share."""
        corners = np.array(self.tile_bounds(level, column)).reshape(2, 2) - np.array(self.origin_xy)
        (x, y), (x_end, y_end) = np.rint(corners / self.horizontal_scale).astype(int).tolist()
        return slice(x, x_end + 1), slice(y, y_end + 1)

    def beyond_tile(self, offset: Points) -> Points:
        """Whether robots have left their tile [...], bool.

        Args:
            offset: of their bases from the tile's centre [..., 2], m.
        """
        return _outside(offset, self.tile_size[0] / 2, self.tile_size[1] / 2)

    def beyond_map(self, xy: Points) -> Points:
        """Whether robots are about to step off the map [...], bool.

        Args:
            xy: world position of their bases [..., 2], m.
        """
        return _outside(xy, -self.origin_xy[0] - MAP_MARGIN, -self.origin_xy[1] - MAP_MARGIN)

    def relief(self) -> np.ndarray:
        """Highest minus lowest point of every tile [levels, types], m; infinite where something hangs over it."""
        relief = np.zeros((self.num_levels, self.num_types))
        if self.is_plane:
            return relief
        for level, column in np.ndindex(*relief.shape):
            place = self.tile_vertices(level, column)
            covered = self.ceiling is not None and np.isfinite(self.ceiling[place]).any()
            relief[level, column] = np.inf if covered else np.ptp(self.heights[place])
        return relief

    def headroom(self, reach: float) -> np.ndarray:
        """Height of the lowest ceiling over the origin of every tile [levels, types], m.

        Args:
            reach: how far from the tile's centre to look, along x and y, m.

        Returns:
            Infinity where nothing hangs there.
        """
        room = np.full((self.num_levels, self.num_types), OPEN)
        if self.ceiling is None:
            return room
        for level, column in np.ndindex(*room.shape):
            ceiling = self.ceiling[self._around(level, column, reach)].min()
            room[level, column] = ceiling - self.env_origins[level, column, 2]
        return room

    def bottomless(self, reach: float) -> np.ndarray:
        """Tiles with a hole within `reach` m of their middle, along x and y [levels, types], bool."""
        found = np.zeros((self.num_levels, self.num_types), dtype=bool)
        if self.rims is not None:
            for level, column in np.ndindex(*found.shape):
                found[level, column] = np.isfinite(self.rims[self._around(level, column, reach)]).any()
        return found

    def sizes(self) -> dict[str, list[float]]:
        """The size of every terrain type of the map that declares one, by level (see `kinds.SIZES`)."""
        tile = self.tile()
        return {
            name: [size_of(name, tile, float(difficulty)) for difficulty in self.difficulties]
            for name in dict.fromkeys(self.type_names)
            if name in SIZES
        }

    def edges(self) -> np.ndarray:
        """Vertices beside ground that lies `EDGE_DROP` or more below [rows, cols], bool: poor footholds."""
        lowest = np.pad(self.heights, 1, mode="edge")
        lowest = np.minimum.reduce([lowest[:-2], lowest[1:-1], lowest[2:]])
        lowest = np.minimum.reduce([lowest[:, :-2], lowest[:, 1:-1], lowest[:, 2:]])
        return self.heights - lowest >= EDGE_DROP

    def crossings(self) -> np.ndarray:
        """Columns whose tiles have a way across, along x and along y [types], bool."""
        return np.array([name in CROSSINGS for name in self.type_names])

    def tile(self) -> Tile:
        """The grid of each tile."""
        cell = self.horizontal_scale
        length, width = (round(size / cell) for size in self.tile_size)
        return Tile(length, width, cell, self.cfg.platform_size, self.cfg)

    def tile_random(self, level: int, column: int) -> np.random.Generator:
        """The random stream that a tile is made of, from its beginning."""
        return np.random.default_rng([self._seed, level, column])

    def _build(self, cfg: TerrainCfg) -> None:
        """Heights of the tiles and of the border around them; neighbouring tiles share edge vertices."""
        tile = self.tile()
        border = round(cfg.border_size / tile.cell)
        length, width = tile.length_cells, tile.width_cells
        self.heights = np.zeros(
            (cfg.num_rows * length + 2 * border + 1, cfg.num_cols * width + 2 * border + 1), np.float32
        )
        rims, ceiling = np.full_like(self.heights, -np.inf), np.full_like(self.heights, OPEN)
        generators = {name: GENERATORS[name] for name in dict.fromkeys(self.type_names)}
        check_sizes(cfg.sizes)
        for level in range(cfg.num_rows):
            for column, name in enumerate(self.type_names):
                x, y = border + level * length, border + column * width
                place = slice(x, x + length + 1), slice(y, y + width + 1)
                rng = self.tile_random(level, column)
                ground, above = _generate(name, generators[name], tile, self.difficulty(level, column), rng)
                hole, lowest = np.isneginf(ground), ground[np.isfinite(ground)].min()
                self.heights[place] = np.where(hole, lowest - cfg.hole_depth, ground)
                rims[place] = np.where(hole, lowest, -np.inf)
                ceiling[place] = above
        self.rims = rims if np.isfinite(rims).any() else None
        self.ceiling = ceiling if np.isfinite(ceiling).any() else None

    def difficulty(self, level: int, column: int) -> float:
        """That of a tile."""
        return float(self.difficulties[level])

    def _origins(self) -> np.ndarray:
        """Tile centres with the highest ground around them, [levels, types, 3]."""
        length, width = self.tile_size
        origins = np.zeros((self.num_levels, self.num_types, 3), dtype=np.float32)
        origins[..., 0] = ((np.arange(self.num_levels) + 0.5 - self.num_levels / 2) * length)[:, None]
        origins[..., 1] = (np.arange(self.num_types) + 0.5 - self.num_types / 2) * width
        if self.is_plane:
            return origins
        for level, column in np.ndindex(self.num_levels, self.num_types):
            origins[level, column, 2] = self.heights[self._around(level, column, ORIGIN_RADIUS)].max()
        return origins

    def _around(self, level: int, column: int, reach: float) -> tuple[slice, slice]:
        """Vertices within `reach` m of a tile's centre along x and y."""
        x_min, y_min, x_max, y_max = self.tile_bounds(level, column)
        centre = (np.array([x_min + x_max, y_min + y_max]) / 2 - self.origin_xy) / self.horizontal_scale
        radius = reach / self.horizontal_scale + 1e-3  # of a cell: vertices at the very end count
        first, last = np.ceil(centre - radius).astype(int), np.floor(centre + radius).astype(int)
        x, y = (slice(max(0, start), stop + 1) for start, stop in zip(first, last, strict=True))
        return x, y


def _generate(
    name: str, generator: Generator, tile: Tile, difficulty: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Heights, minus infinity in holes, and ceilings of one tile.

    Raises:
        UserError: the generator gives something else.
    """
    try:
        inspect.signature(generator).bind(tile, difficulty, rng)
    except TypeError:
        raise UserError(f"terrain type {name!r} must take a tile, a difficulty and a random generator") from None
    made = generator(tile, difficulty, rng)
    layers = made if isinstance(made, tuple) and len(made) == 2 else (made, np.full(tile.shape, OPEN))
    ground, above = map(_as_numbers, layers)
    outline = tile.edge_distance() == 0
    if np.shape(ground) != tile.shape or not (np.isfinite(ground) | np.isneginf(ground)).all():
        raise UserError(f"terrain type {name!r} must give finite heights, or holes, of the shape {tile.shape}")
    if np.shape(above) != tile.shape:
        raise UserError(f"terrain type {name!r}: its ceilings must have the shape {tile.shape}")
    if not (above > ground).all():
        raise UserError(
            f"terrain type {name!r}, difficulty {difficulty:.3g}: its ceilings must lie over the ground: leave room "
            "between them, by its function or by terrain.sizes"
        )
    if np.isinf(ground[outline]).any() or np.isfinite(above[outline]).any():
        raise UserError(f"terrain type {name!r}: neither a hole nor a ceiling may reach the edge of its tile")
    if (highest := np.abs(ground[outline]).max()) > 1e-6:
        raise UserError(
            f"terrain type {name!r}: its heights must be 0 on the edge of its tile, which neighbours share, "
            f"not {highest:.3g} m"
        )
    if (highest := np.abs(ground[np.isfinite(ground)]).max()) > HIGHEST:
        raise UserError(f"terrain type {name!r}: {highest:.3g} m are too far up or down: use at most {HIGHEST:g} m")
    return ground, above


def _as_numbers(values: object) -> np.ndarray:
    """Values as an array; a single NaN where they are no numbers."""
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return np.array(np.nan)


def _outside(points: Points, half_length: float, half_width: float) -> Points:
    """Whether points [..., 2] lie outside a rectangle around zero."""
    distance = abs(points)
    return (distance[..., 0] > half_length) | (distance[..., 1] > half_width)  # pyright: ignore[reportReturnType] - of the points' kind
