"""Triangles of any kind as a grid of heights: what is seen from above."""

import logging
from collections.abc import Iterator

import numpy as np

from isaacgym.grids import Grid
from isaacgym.meshes import Soup

logger = logging.getLogger(__name__)

Array = np.ndarray

_FINEST = 0.01
"""Cells are no smaller than this, m."""
_MOST_CELLS = 4000
"""Nor are there more of them along a side."""
_MOST_POINTS = 2_000_000
"""Points that are computed at once."""


def rasterised(soup: Soup, lattice: Grid | None) -> Grid:
    """The highest points of triangles at the vertices of a grid, in between their own lowest height.

    Args:
        soup: the triangles.
        lattice: another grid to lie on, if there is any; else cells are as large as the least distance of the
            mesh's vertices along an axis.
    """
    vertices = soup.vertices
    low, high = vertices[:, :2].min(axis=0), vertices[:, :2].max(axis=0)
    if lattice is None:
        cell, first = _cell_of(vertices, float((high - low).max())), low
    else:
        cell = lattice.cell
        first = lattice.corner + np.floor((low - lattice.corner) / cell + 1e-6) * cell
    rows, cols = np.floor((high - first) / cell + 1e-6).astype(int) + 1
    heights = np.full(int(rows * cols), -np.inf)
    flat = np.column_stack(((vertices[:, :2] - first) / cell, vertices[:, 2]))[soup.triangles]
    for at, height in _covered(flat, int(rows), int(cols)):
        np.maximum.at(heights, at, height)
    heights[~np.isfinite(heights)] = vertices[:, 2].min()
    logger.warning(
        "isaacgym: a mesh of %d triangles is no grid of heights: its upper side on a grid of %.3g m is simulated; "
        "what overhangs is solid down to the ground, vertical faces are ramps %.3g m wide",
        len(soup.triangles), cell, cell,
    )  # fmt: skip
    return Grid(heights.reshape(rows, cols), cell, (float(first[0]), float(first[1])), soup.friction)


def _cell_of(vertices: Array, extent: float) -> float:
    """The least distance of lines through vertices, within bounds, m."""
    gaps = np.concatenate([np.diff(np.unique(np.round(vertices[:, axis], 4))) for axis in (0, 1)])
    return max(float(gaps.min(initial=extent)), _FINEST, extent / _MOST_CELLS)


def _covered(flat: Array, rows: int, cols: int) -> Iterator[tuple[Array, Array]]:
    """Vertices of a grid below triangles, and the triangles' heights there, in parts.

    Args:
        flat: corners of triangles [T, 3, 3]: x and y in cells, z in m.
        rows: of the grid.
        cols: of the grid.
    """
    first = np.ceil(flat[:, :, :2].min(axis=1) - 1e-6).astype(int)
    spans = np.maximum(np.floor(flat[:, :, :2].max(axis=1) + 1e-6).astype(int) - first + 1, 0)
    sizes = np.where((spans > 0).all(axis=1), 2 ** np.ceil(np.log2(np.maximum(spans.max(axis=1), 1))).astype(int), 0)
    for size in np.unique(sizes[sizes > 0]).tolist():  # triangles of about one size have as many points below them
        offsets = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), axis=-1).reshape(-1, 2)
        chosen = np.flatnonzero(sizes == size)
        for part in np.array_split(chosen, max(1, len(chosen) * len(offsets) // _MOST_POINTS)):
            at = first[part, None] + offsets
            height, inside = _heights_at(flat[part], at)
            inside &= (at >= 0).all(axis=2) & (at[..., 0] < rows) & (at[..., 1] < cols)
            yield (at[..., 0] * cols + at[..., 1])[inside], height[inside]


def _heights_at(flat: Array, at: Array) -> tuple[Array, Array]:
    """Heights of T triangles at points [T, P, 2], and whether these lie below them [T, P], below upright ones never."""
    a, b, c = (flat[:, corner, None] for corner in range(3))
    ab, ac, ap = b[..., :2] - a[..., :2], c[..., :2] - a[..., :2], at - a[..., :2]
    area = ab[..., 0] * ac[..., 1] - ab[..., 1] * ac[..., 0]
    level = np.abs(area) > 1e-9
    area = np.where(level, area, 1.0)
    v = (ap[..., 0] * ac[..., 1] - ap[..., 1] * ac[..., 0]) / area
    w = (ab[..., 0] * ap[..., 1] - ab[..., 1] * ap[..., 0]) / area
    height = a[..., 2] + v * (b[..., 2] - a[..., 2]) + w * (c[..., 2] - a[..., 2])
    edge = 1e-6
    return height, level & (v >= -edge) & (w >= -edge) & (v + w <= 1.0 + edge)
