"""Ground heights at any world points, in NumPy."""

import math

import numpy as np

from legged_gym.terrain.terrain import Terrain


class HeightMap:
    """Looks heights up as `HeightSampler` does."""

    def __init__(self, terrain: Terrain) -> None:
        self._heights = terrain.heights
        self._origin = np.array(terrain.origin_xy)
        self._scale = terrain.horizontal_scale
        self._last_cell = np.array(terrain.heights.shape) - 2

    def sample(self, points: np.ndarray) -> np.ndarray:
        """Bilinear height of the ground, clamped at the border of the map.

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
