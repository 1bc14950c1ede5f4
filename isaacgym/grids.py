"""Uneven ground as grids of heights: recovered from meshes, and pasted into one."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from isaacgym.faces import halved, steep_rise
from isaacgym.geometry import Quat, Transform
from robust_parallel.errors import UserError

Array = np.ndarray

_OFF_GRID = 0.01
"""How far beside the grid a vertex may lie, in cells: coordinates are of single precision."""
_WIDEST_RAMP = 0.051
"""Vertical faces become ramps one cell wide, but half of one where cells are larger than this, m."""


@dataclass(frozen=True)
class Grid:
    """Heights at the vertices of a square grid."""

    heights: Array
    """[rows along x, columns along y], m."""
    cell: float
    """Distance of neighbouring vertices, m."""
    corner: tuple[float, float]
    """World (x, y) of `heights[0, 0]`, m."""
    friction: float
    steep: float = math.inf
    """An edge that rises more than this, m, was a vertical face at its high end."""


def grid_of_vertices(points: Array, place: tuple[float, float, float], friction: float) -> Grid:
    """Recover the grid that `convert_heightfield_to_trimesh`, or a copy of it, made vertices of.

    Heights are those of the mesh to the last bit. Vertices that were moved under a steep face go back to their places
    in the grid, and vertical faces become ramps one cell wide; where cells are large, the grid is one of half the cell
    then, and ramps are as wide.

    Args:
        points: [rows, columns, 3], m.
        place: of the mesh in the world, m.
        friction: its coefficient.

    Raises:
        UserError: the vertices do not lie on an even grid of squares.
    """
    along_x, along_y = list(_lines(points[..., 0])), list(_lines(points[..., 1].T))
    if not along_x or not along_y:
        raise UserError("isaacgym: add_triangle_mesh: the vertices of this mesh do not lie on an even grid")
    square = [(x, y) for x, y in product(along_x, along_y) if abs(y[1] - x[1]) <= _OFF_GRID * x[1]]
    if not square:
        cells = f"{along_x[0][1]:g} m by {along_y[0][1]:g} m"
        raise UserError(f"isaacgym: add_triangle_mesh: cells of {cells}; they are to be square")
    (first_x, cell, moved_x), (first_y, _, moved_y) = square[0]
    heights = _raised(points[..., 2], place[2])
    steep = steep_rise(heights, moved_x, moved_y.T)
    if cell > _WIDEST_RAMP and (moved_x.any() or moved_y.any()):
        heights, cell = halved(heights, moved_x, moved_y.T), 0.5 * cell
    return Grid(heights, cell, (first_x + place[0], first_y + place[1]), friction, steep)


def grid_of_samples(samples: Array, cell: float, vertical_scale: float, transform: Transform, friction: float) -> Grid:
    """A grid of whole-numbered heights [rows, columns], the first of them at the transform's place.

    Args:
        samples: in steps of height.
        cell: distance of neighbouring vertices, m.
        vertical_scale: m a step.
        transform: where the first one lies.
        friction: its coefficient.
    """
    place = place_of(transform)
    return Grid(samples.astype(np.float64) * vertical_scale + place[2], cell, (place[0], place[1]), friction)


def pasted(grids: Sequence[Grid]) -> Grid:
    """One grid of several that lie beside each other; where they overlap the higher one, in between the lowest height.

    Raises:
        UserError: they have different cells or frictions, or do not lie on one grid.
    """
    finest = min(grid.cell for grid in grids)
    grids = [_as_fine(grid, finest) for grid in grids]
    first = grids[0]
    if len(grids) == 1:
        return first
    corners = np.array([grid.corner for grid in grids])
    low = corners.min(axis=0)
    offsets = (corners - low) / first.cell
    starts = np.rint(offsets).astype(int)
    same = all(abs(grid.cell - first.cell) <= 1e-4 * first.cell and grid.friction == first.friction for grid in grids)
    if not same or np.abs(offsets - starts).max() > _OFF_GRID:
        raise UserError("isaacgym: meshes of the ground need one cell size, one friction and places on one grid")
    ends = starts + [grid.heights.shape for grid in grids]
    heights = np.full(ends.max(axis=0), -np.inf)
    for grid, (i, j), (i_end, j_end) in zip(grids, starts, ends, strict=True):
        patch = heights[i:i_end, j:j_end]
        np.maximum(patch, grid.heights, out=patch)
    covered = np.isfinite(heights)
    heights[~covered] = heights[covered].min()
    steep = min(grid.steep for grid in grids)
    return Grid(heights, first.cell, (float(low[0]), float(low[1])), first.friction, steep)


def _as_fine(grid: Grid, cell: float) -> Grid:
    """A grid on half its cell, if that is the cell wanted."""
    if abs(grid.cell - 2.0 * cell) > 1e-4 * cell:
        return grid
    still = np.zeros(grid.heights.shape, dtype=np.int8)
    return replace(grid, heights=halved(grid.heights, still, still), cell=cell)


def _lines(positions: Array) -> Iterator[tuple[float, float, Array]]:
    """What a grid's lines may be: the first of them, their distance, m, and lines each vertex was moved by [lines, n].

    Args:
        positions: of vertices across the lines [lines, n]; moved ones lie on a neighbouring line, and an outer line
            may have been moved as a whole.
    """
    low, high = float(positions.min()), float(positions.max())
    for before, after in product((0, 1), (0, 1)):  # lines without a vertex, at both ends
        gaps = len(positions) - 1 - before - after
        if gaps <= 0 or low == high:
            continue
        step = (high - low) / gaps
        first = low - before * step
        exact = (positions - first) / step - np.arange(len(positions))[:, None]
        moved = np.rint(exact).astype(np.int8)
        if np.abs(moved).max() <= 1 and np.abs(exact - moved).max() < _OFF_GRID:
            yield first, step, moved


def place_of(transform: Transform) -> tuple[float, float, float]:
    """Where ground lies, m.

    Raises:
        UserError: it is turned.
    """
    turn = transform.r
    if turn not in (Quat(), Quat(0.0, 0.0, 0.0, -1.0)):
        raise UserError(f"isaacgym: ground that is turned, {turn}, is not simulated; its axes are the world's")
    return transform.p.x, transform.p.y, transform.p.z


def _raised(heights: Array, by: float) -> Array:
    """Heights moved up; those that stay keep their bits."""
    return heights + by if by else heights
