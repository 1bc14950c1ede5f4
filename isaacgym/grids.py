"""Uneven ground as grids of heights: recovered from meshes, and pasted into one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isaacgym.faces import halved
from isaacgym.geometry import Quat, Transform
from robust_parallel.errors import UserError

Array = np.ndarray

_OFF_GRID = 0.01
"""How far beside the grid a vertex may lie, in cells: coordinates are of single precision."""


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


def grid_of_mesh(vertices: Array, triangles: Array, transform: Transform, friction: float) -> Grid:
    """Recover the grid that `convert_heightfield_to_trimesh`, or a copy of it, made a mesh of.

    Heights are those of the mesh to the last bit. Vertices that were moved under a steep face go back to their places
    in the grid, which then is one of half the cell: the vertical face becomes a ramp, half a cell wide.

    Args:
        vertices: [V, 3], flat or not, m.
        triangles: vertices of each [T, 3], flat or not.
        transform: where the mesh lies.
        friction: its coefficient.

    Raises:
        UserError: the mesh is no such grid.
    """
    points, corners = np.asarray(vertices).reshape(-1, 3), np.asarray(triangles).reshape(-1, 3)
    cols = int(corners[0, 1]) - 1 if len(corners) else 0
    rows = len(points) // cols if cols > 1 else 0
    if rows < 2 or rows * cols != len(points) or not np.array_equal(corners, _grid_triangles(rows, cols)):
        raise UserError(
            f"isaacgym: add_triangle_mesh: this mesh of {len(points)} vertices is no grid of heights, as "
            "convert_heightfield_to_trimesh makes them; other meshes are not simulated yet"
        )
    first_x, cell, moved_x = _lines(points[:, 0].reshape(rows, cols))
    first_y, cell_y, moved_y = _lines(points[:, 1].reshape(rows, cols).T)
    if not abs(cell_y - cell) <= _OFF_GRID * cell:
        raise UserError(f"isaacgym: add_triangle_mesh: cells of {cell:g} m by {cell_y:g} m; they are to be square")
    place = _place(transform)
    heights = _raised(points[:, 2].reshape(rows, cols), place[2])
    if moved_x.any() or moved_y.any():
        heights, cell = halved(heights, moved_x, moved_y.T), 0.5 * cell
    return Grid(heights, cell, (first_x + place[0], first_y + place[1]), friction)


def grid_of_samples(samples: Array, cell: float, vertical_scale: float, transform: Transform, friction: float) -> Grid:
    """A grid of whole-numbered heights [rows, columns], the first of them at the transform's place.

    Args:
        samples: in steps of height.
        cell: distance of neighbouring vertices, m.
        vertical_scale: m a step.
        transform: where the first one lies.
        friction: its coefficient.
    """
    place = _place(transform)
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
    return Grid(heights, first.cell, (float(low[0]), float(low[1])), first.friction)


def _as_fine(grid: Grid, cell: float) -> Grid:
    """A grid on half its cell, if that is the cell wanted."""
    if abs(grid.cell - 2.0 * cell) > 1e-4 * cell:
        return grid
    still = np.zeros(grid.heights.shape, dtype=np.int8)
    return replace(grid, heights=halved(grid.heights, still, still), cell=cell)


def _grid_triangles(rows: int, cols: int) -> Array:
    """The triangles of a grid's mesh [2 (rows - 1) (cols - 1), 3]."""
    first = np.arange(rows * cols).reshape(rows, cols)[:-1, :-1].reshape(-1, 1)
    return np.hstack((first + [0, cols + 1, 1], first + [0, cols, cols + 1])).reshape(-1, 3)


def _lines(positions: Array) -> tuple[float, float, Array]:
    """First of a grid's lines and their distance, m, and how many lines each vertex was moved [lines, n].

    Args:
        positions: of vertices across the lines [lines, n]; moved ones lie on a neighbouring line, and some on each of
            the outer lines are not moved.

    Raises:
        UserError: some lie on no line, or too far from theirs.
    """
    first = float(positions.min())
    step = (float(positions.max()) - first) / (len(positions) - 1)
    if step > 0.0:
        exact = (positions - first) / step - np.arange(len(positions))[:, None]
        moved = np.rint(exact).astype(np.int8)
        if np.abs(moved).max() <= 1 and np.abs(exact - moved).max() < _OFF_GRID:
            return first, step, moved
    raise UserError("isaacgym: add_triangle_mesh: the vertices of this mesh do not lie on an even grid")


def _place(transform: Transform) -> tuple[float, float, float]:
    turn = transform.r
    if turn not in (Quat(), Quat(0.0, 0.0, 0.0, -1.0)):
        raise UserError(f"isaacgym: ground that is turned, {turn}, is not simulated; its axes are the world's")
    return transform.p.x, transform.p.y, transform.p.z


def _raised(heights: Array, by: float) -> Array:
    """Heights moved up; those that stay keep their bits."""
    return heights + by if by else heights
