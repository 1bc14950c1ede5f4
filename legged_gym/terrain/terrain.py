"""The terrain map: levels x types of tiles, built once and shared by all environments."""

import logging
import math
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from legged_gym.config.checks import check_config
from legged_gym.terrain.columns import column_types
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.generators import GENERATORS
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

Points = TypeVar("Points", "np.ndarray", "torch.Tensor")


class Terrain:
    """A height map centred on the world's origin: row index along x (levels), column index along y (types).

    Tiles are `tile_size` large and stand edge to edge inside a flat border at height 0. Level l is row l whether or not
    the curriculum is on. Every tile has a random stream of its own, made of (seed, level, column).

    Between vertices the ground is taken as bilinear; engines split a cell into two triangles. Vertical faces are ramps
    one cell wide: see `face_angle`.
    """

    cfg: TerrainCfg
    """What the map was built from."""
    heights: np.ndarray
    """Ground height of every vertex [rows, cols], float32, m."""
    horizontal_scale: float
    """Distance of neighbouring vertices, m."""
    origin_xy: tuple[float, float]
    """World position of `heights[0, 0]`, m."""
    is_plane: bool
    """No map: `heights` is 2 x 2 zeros, 2 km wide, so that samplers need no special case."""
    slope_threshold: float = 0.0
    """Edges between vertices that rise more than this, m a metre, are vertical faces; 0: none is, all are ramps."""
    ceiling: np.ndarray | None = None
    """Underside of what hangs over the ground at every vertex [rows, cols], float32, m; infinite where it is open."""
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
        self.cfg = cfg
        self.is_plane = cfg.mesh_type == "plane"
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
            self.heights = self._build(cfg, seed)
            logger.info(
                "terrain: %d levels x %d columns, %d x %d points; a face of 0.2 m rises at %.0f degrees",
                *(cfg.num_rows, cfg.num_cols, *self.heights.shape, self.face_angle(0.2)),
            )
        rows, cols = self.heights.shape
        self.origin_xy = (-(rows - 1) * self.horizontal_scale / 2, -(cols - 1) * self.horizontal_scale / 2)
        self.env_origins = self._origins()

    def face_angle(self, height: float) -> float:
        """Steepness in degrees of a vertical face of `height` m: it is a ramp one cell wide."""
        return math.degrees(math.atan2(height, self.horizontal_scale))

    def tile_bounds(self, level: int, column: int) -> tuple[float, float, float, float]:
        """World rectangle (x_min, y_min, x_max, y_max) of a tile, m."""
        length, width = self.tile_size
        x = (level - self.num_levels / 2) * length
        y = (column - self.num_types / 2) * width
        return x, y, x + length, y + width

    def tile_index(self, xy: np.ndarray) -> np.ndarray:
        """Level and column of world points [..., 2], int64 [..., 2]; (-1, -1) outside the tiles."""
        counts = np.array([self.num_levels, self.num_types])
        index = np.floor(np.asarray(xy) / np.array(self.tile_size) + counts / 2).astype(np.int64)
        inside = ((index >= 0) & (index < counts)).all(axis=-1, keepdims=True)
        return np.where(inside, index, -1)

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
        """Highest minus lowest point of every tile [levels, types], m."""
        relief = np.zeros((self.num_levels, self.num_types))
        if self.is_plane:
            return relief
        for level, column in np.ndindex(*relief.shape):
            corners = np.array(self.tile_bounds(level, column)).reshape(2, 2) - np.array(self.origin_xy)
            (x, y), (x_end, y_end) = np.rint(corners / self.horizontal_scale).astype(int)
            relief[level, column] = np.ptp(self.heights[x : x_end + 1, y : y_end + 1])
        return relief

    def _build(self, cfg: TerrainCfg, seed: int) -> np.ndarray:
        """Heights [rows, cols] of the tiles and the border around them; neighbouring tiles share edge vertices."""
        cell = self.horizontal_scale
        length, width = (round(size / cell) for size in self.tile_size)
        border = round(cfg.border_size / cell)
        tile = Tile(length, width, cell, cfg.platform_size, cfg)
        shape = (cfg.num_rows * length + 2 * border + 1, cfg.num_cols * width + 2 * border + 1)
        heights = np.zeros(shape, dtype=np.float32)
        generators = {name: GENERATORS[name] for name in dict.fromkeys(self.type_names)}
        for level, difficulty in enumerate(self.difficulties):
            for column, name in enumerate(self.type_names):
                x, y = border + level * length, border + column * width
                rng = np.random.default_rng([seed, level, column])
                ground = generators[name](tile, float(difficulty), rng)
                if np.shape(ground) != tile.shape or not np.isfinite(ground).all():
                    raise UserError(f"terrain type {name!r} must give finite heights of the shape {tile.shape}")
                heights[x : x + length + 1, y : y + width + 1] = ground
        return heights

    def _origins(self) -> np.ndarray:
        """Tile centres with the highest ground around them, [levels, types, 3]."""
        length, width = self.tile_size
        origins = np.zeros((self.num_levels, self.num_types, 3), dtype=np.float32)
        origins[..., 0] = ((np.arange(self.num_levels) + 0.5 - self.num_levels / 2) * length)[:, None]
        origins[..., 1] = (np.arange(self.num_types) + 0.5 - self.num_types / 2) * width
        if self.is_plane:
            return origins
        radius = ORIGIN_RADIUS / self.horizontal_scale + 1e-3  # of a cell: vertices at 1 m count
        for level, column in np.ndindex(self.num_levels, self.num_types):
            centre = (origins[level, column, :2] - np.array(self.origin_xy)) / self.horizontal_scale
            (x, y), (x_end, y_end) = np.ceil(centre - radius).astype(int), np.floor(centre + radius).astype(int)
            origins[level, column, 2] = self.heights[max(x, 0) : x_end + 1, max(y, 0) : y_end + 1].max()
        return origins


def _outside(points: Points, half_length: float, half_width: float) -> Points:
    """Whether points [..., 2] lie outside a rectangle around zero."""
    distance = abs(points)
    return (distance[..., 0] > half_length) | (distance[..., 1] > half_width)  # pyright: ignore[reportReturnType] - of the points' kind
