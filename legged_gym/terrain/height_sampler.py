"""Ground heights at any world points, on the device of the environments."""

import math

import numpy as np
import torch
from torch.nn import functional

from legged_gym.terrain.terrain import Terrain


class HeightSampler:
    """Looks heights up in a copy of the terrain's map.

    Both methods are an element-wise product and one `grid_sample` kernel whatever the number of points: no host
    synchronization, no state, so they can be captured in CUDA graphs. This needs a map centred on the world's origin,
    which `Terrain` promises. Positions are resolved to about 2e-4 of a cell (float32).
    """

    def __init__(self, terrain: Terrain, device: torch.device | str, footprint: float = 0.5):
        """Copy the map to the device.

        Args:
            terrain: the map.
            device: where points come from.
            footprint: half side, m, of the square around a point whose highest ground `sample_max` gives: at least the
                distance from the base to the farthest part of the robot in its spawn pose.
        """
        heights = torch.from_numpy(terrain.heights).to(device)
        reach = math.floor(footprint / terrain.horizontal_scale) + 1
        self._to_unit = _to_unit(heights, terrain.horizontal_scale)
        self._heights = _as_image(heights)
        self._highest = _as_image(_highest_around_cells(heights, reach))

    def sample(self, points: torch.Tensor) -> torch.Tensor:
        """Bilinear height of the ground, clamped at the border of the map.

        Args:
            points: world x and y [..., 2], m.

        Returns:
            Heights [...], m.
        """
        return self._look_up(self._heights, points, mode="bilinear", align_corners=True)

    def sample_max(self, points: torch.Tensor) -> torch.Tensor:
        """Highest ground within the footprint around each point: never below it, and up to two cells wider.

        Args:
            points: world x and y [..., 2], m.

        Returns:
            Heights [...], m.
        """
        return self._look_up(self._highest, points, mode="nearest", align_corners=False)

    def _look_up(self, image: torch.Tensor, points: torch.Tensor, mode: str, align_corners: bool) -> torch.Tensor:
        return look_up(image, points * self._to_unit, mode, align_corners)[0]


class VertexSampler:
    """Looks values of the map's vertices up at world points: that of the nearest vertex."""

    def __init__(self, values: np.ndarray, terrain: Terrain, device: torch.device | str) -> None:
        """Copy values [rows, cols] of a terrain's vertices to the device, as float32."""
        image = torch.from_numpy(values).to(device, torch.float32)
        self._to_unit = _to_unit(image, terrain.horizontal_scale)
        self._values = _as_image(image)

    def sample(self, points: torch.Tensor) -> torch.Tensor:
        """Values [...] at world points [..., 2], m; beyond the map, of its border."""
        return look_up(self._values, points * self._to_unit, mode="nearest")[0]


def look_up(
    image: torch.Tensor, points: torch.Tensor, mode: str = "bilinear", align_corners: bool = True
) -> torch.Tensor:
    """Values of maps at points, clamped at the border.

    Args:
        image: C maps of one shape [1, C, y, x].
        points: x and y [..., 2]; -1 and 1 are the map's edges.
        mode: `bilinear` or `nearest`.
        align_corners: whether the edges are the outermost values, or lie half a cell beyond them.

    Returns:
        [C, ...].
    """
    rows = points.shape[0] if points.dim() > 2 else 1  # the CPU kernel shares rows among its threads
    grid = points.reshape(rows, 1, -1, 2)
    images = image.expand(rows, -1, -1, -1)
    values = functional.grid_sample(images, grid, mode=mode, padding_mode="border", align_corners=align_corners)
    return values.movedim(1, 0).reshape(image.shape[1], *points.shape[:-1])


def _to_unit(vertices: torch.Tensor, cell: float) -> torch.Tensor:
    """Factors [2] from world points, m, to places on a map of vertices [rows, cols] whose edges are -1 and 1."""
    extent = [(n - 1) * cell for n in vertices.shape]
    return 2.0 / torch.tensor(extent, dtype=torch.float32, device=vertices.device)


def _as_image(values: torch.Tensor) -> torch.Tensor:
    """A view [1, 1, y, x] of values [x, y]: `grid_sample` wants the first coordinate last."""
    return values.t()[None, None]


def _highest_around_cells(heights: torch.Tensor, reach: int) -> torch.Tensor:
    """For every cell, the highest vertex of it and of `reach` more cells to each side, [rows - 1, cols - 1].

    A window is made of two narrower ones, one dimension after the other: pooling, which reads all of it each time,
    takes twenty times as long.
    """
    highest = functional.pad(heights, (reach,) * 4, value=-torch.inf)
    for dim in range(2):
        width, window = 1, 2 * reach + 2
        while width < window:
            shift = min(width, window - width)
            length = highest.shape[dim] - shift
            highest = torch.maximum(highest.narrow(dim, 0, length), highest.narrow(dim, shift, length))
            width += shift
    return highest
