"""A terrain as triangle meshes."""

from dataclasses import dataclass

import numpy as np

from legged_gym.sim.terrain_model import TerrainLike, ceiling_of, ground_of
from legged_gym.terrain.boxes import Boxes

_FACES = np.array([
    [0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6],
    [1, 3, 5], [3, 7, 5],
])  # fmt: skip
"""Triangles of a box, counter-clockwise from outside; corner i has x, y and z high where bits 0, 1 and 2 are set."""


@dataclass(frozen=True)
class Mesh:
    """Triangles, counter-clockwise as seen from outside."""

    vertices: np.ndarray
    """[V, 3], float32, m."""
    triangles: np.ndarray
    """Vertices of each [T, 3], uint32."""
    origin: tuple[float, float, float]
    """Place of the vertices' origin in the world, m."""


def ground_meshes(terrain: TerrainLike) -> list[Mesh]:
    """A map's ground as the mesh of its grid and, where it has vertical faces or ceilings, one of boxes."""
    ground = ground_of(terrain)
    parts = ground.boxes, ceiling_of(terrain)
    boxes = Boxes(np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts]))
    x, y = terrain.origin_xy
    grid = grid_mesh(ground.field, terrain.horizontal_scale, (float(x), float(y)))
    return [grid, boxes_mesh(boxes)] if len(boxes) else [grid]


def grid_mesh(heights: np.ndarray, cell: float, origin_xy: tuple[float, float]) -> Mesh:
    """The surface through heights [rows, cols], m: two triangles a cell, which meet between (i, j) and (i+1, j+1).

    Vertices lie row by row, and triangles cell by cell, as legged_gym has them.
    """
    rows, cols = heights.shape
    x, y = np.meshgrid(np.arange(rows) * cell, np.arange(cols) * cell, indexing="ij")
    vertices = np.stack((x, y, heights), axis=2).reshape(-1, 3).astype(np.float32)
    first = np.arange(rows * cols, dtype=np.uint32).reshape(rows, cols)[:-1, :-1].reshape(-1, 1)
    triangles = np.hstack((first, first + cols + 1, first + 1, first, first + cols, first + cols + 1))
    return Mesh(vertices, triangles.reshape(-1, 3).astype(np.uint32), (*origin_xy, 0.0))


def boxes_mesh(boxes: Boxes) -> Mesh:
    """Closed boxes in one mesh."""
    corners = np.arange(8)[:, None] >> np.arange(3) & 1
    ends = np.stack((boxes.low, boxes.high), axis=1)
    vertices = ends[:, corners, np.arange(3)].reshape(-1, 3).astype(np.float32)
    triangles = (_FACES + 8 * np.arange(len(boxes))[:, None, None]).reshape(-1, 3)
    return Mesh(vertices, triangles.astype(np.uint32), (0.0, 0.0, 0.0))
