"""The ground of the trials at any world points."""

import math

import numpy as np

from legged_gym.terrain.terrain import Terrain

PLANE_CELL = 0.05
"""Cell of a map of a plane, which has none of its own, m."""


class Ground:
    """Looks heights up in a terrain."""

    def __init__(self, terrain: Terrain) -> None:
        """Take over the terrain's vertices."""
        self._heights, self._rims = terrain.heights, terrain.rims
        self._origin = np.array(terrain.origin_xy)
        self._scale = terrain.horizontal_scale
        self._last_cell = np.array(terrain.heights.shape) - 2
        self.cell = PLANE_CELL if terrain.is_plane else terrain.horizontal_scale
        """Side of a cell of its maps, m."""

    def sample(self, points: np.ndarray) -> np.ndarray:
        """Bilinear height of the ground, clamped at the border of the terrain.

        Args:
            points: world x and y [..., 2], m.

        Returns:
            Heights [...], m.
        """
        place = np.clip((points - self._origin) / self._scale, 0.0, self._last_cell + 1)
        cell = np.minimum(place.astype(np.int64), self._last_cell)
        x, y = cell[..., 0], cell[..., 1]
        along_x, along_y = place[..., 0] - x, place[..., 1] - y
        heights = self._heights
        near = heights[x, y] + along_y * (heights[x, y + 1] - heights[x, y])
        far = heights[x + 1, y] + along_y * (heights[x + 1, y + 1] - heights[x + 1, y])
        return near + along_x * (far - near)

    def cells_around(self, point: np.ndarray, reach: float) -> np.ndarray:
        """Vertices of the terrain's grid, continued beyond its border, in a square.

        Args:
            point: centre, world x and y [2], m.
            reach: half side, m.

        Returns:
            World x and y of the cells [R, C, 2], m: R = C of them at least `reach` to each side, always as many.
        """
        count = math.ceil(reach / self.cell) + 1
        centre = np.rint((point - self._origin) / self.cell)
        steps = np.arange(-count, count + 1)
        x, y = self._origin[:, None] + (centre[:, None] + steps) * self.cell
        return np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)

    def highest(self, point: np.ndarray, footprint: float) -> float:
        """Highest ground around a point: never below that of the square, and up to two cells wider.

        Args:
            point: world x and y [2], m.
            footprint: half side of the square, m.

        Returns:
            Height, m.
        """
        reach = math.floor(footprint / self._scale) + 1
        cell = np.clip(np.floor((point - self._origin) / self._scale).astype(np.int64), 0, self._last_cell)
        (x, y), (x_end, y_end) = np.maximum(cell - reach, 0), cell + reach + 2
        return float(self._heights[x:x_end, y:y_end].max())

    def rim(self, point: np.ndarray) -> float:
        """Height under which a base at a point, x and y [2], m, is down in a hole; minus infinity: there is none."""
        if self._rims is None:
            return -math.inf
        x, y = np.clip(np.rint((point - self._origin) / self._scale).astype(np.int64), 0, self._last_cell + 1)
        return float(self._rims[x, y])
