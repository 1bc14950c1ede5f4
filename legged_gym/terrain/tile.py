"""The grid of one tile of the map, on which a generator puts heights."""

import math
from dataclasses import dataclass

import numpy as np

from legged_gym.terrain.config import TerrainCfg


@dataclass(frozen=True)
class Tile:
    """The grid of one tile: `length_cells` along x, `width_cells` along y."""

    length_cells: int
    width_cells: int
    cell: float
    """Cell size, m."""
    platform: float
    """Side of the level square in the middle, m."""
    cfg: TerrainCfg | type[TerrainCfg] = TerrainCfg
    """Amplitudes of what stands on it."""

    @property
    def shape(self) -> tuple[int, int]:
        """Vertices along x and y."""
        return self.length_cells + 1, self.width_cells + 1

    def cells(self, metres: float) -> int:
        """Whole cells nearest to a length, at least one; halves round up."""
        return max(1, math.floor(metres / self.cell + 0.5 + 1e-6))

    def edge_distance(self) -> np.ndarray:
        """Cells from each vertex to the nearest edge of the tile, int [length_cells + 1, width_cells + 1]."""
        x, y = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in self.shape)
        return np.minimum(x[:, None], y[None, :])

    def centre_distance(self) -> np.ndarray:
        """Cells from each vertex to the tile's centre, the larger of both axes, [length_cells + 1, width_cells + 1]."""
        x, y = (np.abs(np.arange(n) - (n - 1) / 2) for n in self.shape)
        return np.maximum(x[:, None], y[None, :])

    def on_platform(self) -> np.ndarray:
        """Vertices of the level square in the middle, bool [length_cells + 1, width_cells + 1]."""
        return self.centre_distance() <= self.cells(self.platform) / 2

    def ring(self, start: int, width: int) -> np.ndarray:
        """Vertices of a square ring around the platform, `start` cells away from it and `width` cells wide, bool."""
        distance = self.centre_distance() - self.cells(self.platform) / 2
        return (distance > start) & (distance <= start + width)

    def offsets(self) -> tuple[np.ndarray, np.ndarray]:
        """Cells from the tile's middle along x [length_cells + 1, 1] and along y [1, width_cells + 1]."""
        x, y = (np.arange(n) - (n - 1) / 2 for n in self.shape)
        return x[:, None], y[None, :]

    def across(self) -> np.ndarray:
        """Cells from the middle line of the side that a vertex lies on, to the left as seen from the platform."""
        x, y = self.offsets()
        return np.where(abs(x) >= abs(y), y * np.sign(x), -x * np.sign(y))

    @staticmethod
    def strip(offsets: np.ndarray, width: int) -> np.ndarray:
        """Of vertices at `offsets` cells from a line, the `width` nearest to it in every row, bool."""
        return (offsets > -width / 2) & (offsets <= width / 2)

    def cells_to_platform(self) -> int:
        """Cells between the nearest edge of the tile and the platform."""
        return (min(self.length_cells, self.width_cells) - self.cells(self.platform)) // 2
