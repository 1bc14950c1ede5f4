"""Triangle meshes of the ground, taken apart: grids of heights, boxes, and what is neither."""

from dataclasses import dataclass

import numpy as np

from isaacgym.geometry import Transform
from isaacgym.grids import Grid, grid_of_vertices, place_of
from robust_parallel.errors import UserError

Array = np.ndarray

_CORNERS, _FACES = 8, 12
"""Vertices and triangles of a box."""


@dataclass(frozen=True)
class Box:
    """A box along the world's axes."""

    centre: Array
    """[3], m."""
    half: Array
    """Half of its sides [3], m."""
    friction: float


@dataclass(frozen=True)
class Soup:
    """Triangles of any kind, in the world."""

    vertices: Array
    """[V, 3], m."""
    triangles: Array
    """Vertices of each [T, 3]."""
    friction: float


Piece = Grid | Box | Soup


def pieces_of_mesh(vertices: Array, triangles: Array, transform: Transform, friction: float) -> list[Piece]:
    """Take a mesh apart into the parts that were appended to each other.

    Grids are those of `convert_heightfield_to_trimesh` and its copies, see `grid_of_vertices`. What begins neither
    with one nor with a box is a soup up to the mesh's end.

    Args:
        vertices: [V, 3], flat or not, m.
        triangles: vertices of each [T, 3], flat or not.
        transform: where the mesh lies.
        friction: its coefficient.

    Raises:
        UserError: it is turned or broken, or a grid in it has uneven or oblong cells.
    """
    points, corners = np.asarray(vertices).reshape(-1, 3), np.asarray(triangles).reshape(-1, 3).astype(np.int64)
    _require_mesh(points, corners)
    place = place_of(transform)
    pieces: list[Piece] = []
    while len(corners):
        rows, cols = _leading_grid(corners, len(points))
        if rows:
            count, faces = rows * cols, 2 * (rows - 1) * (cols - 1)
            pieces.append(grid_of_vertices(points[:count].reshape(rows, cols, 3), place, friction))
        elif _begins_with_box(points, corners):
            count, faces = _CORNERS, _FACES
            low, high = points[:count].min(axis=0), points[:count].max(axis=0)
            pieces.append(Box(0.5 * (low + high).astype(np.float64) + place, 0.5 * (high - low), friction))
        else:
            pieces.append(Soup(points.astype(np.float64) + place, corners, friction))
            break
        points, corners = points[count:], corners[faces:] - count
    return pieces


def _require_mesh(points: Array, corners: Array) -> None:
    """See that triangles are of vertices that are numbers, and cover something."""
    call = "isaacgym: add_triangle_mesh:"
    if not len(points) or not len(corners):
        raise UserError(f"{call} {len(points)} vertices and {len(corners)} triangles are no ground")
    if not np.isfinite(points).all():
        raise UserError(f"{call} vertex {int(np.argmin(np.isfinite(points).all(axis=1)))} is not finite")
    if corners.min() < 0 or corners.max() >= len(points):
        raise UserError(f"{call} a triangle has the vertex {corners.max()}; there are 0 to {len(points) - 1}")
    if not (np.ptp(points[:, :2], axis=0) > 0.0).all():
        raise UserError(f"{call} it has no extent along x or y")


def _leading_grid(corners: Array, vertices: int) -> tuple[int, int]:
    """Rows and columns of the grid that the first triangles of a mesh are, 0 if they are none.

    The triangles after it use other vertices.
    """
    cols = int(corners[0, 1]) - 1
    per_row = 2 * (cols - 1)
    most = min(vertices // cols, len(corners) // per_row + 1) if cols > 1 else 0
    if most < 2:
        return 0, 0
    first = np.arange(most * cols).reshape(most, cols)[:-1, :-1].reshape(-1, 1)
    expected = np.hstack((first + [0, cols + 1, 1], first + [0, cols, cols + 1])).reshape(-1, 3)
    wrong = np.flatnonzero((corners[: len(expected)] != expected).any(axis=1))
    strips = int(wrong[0]) // per_row if len(wrong) else most - 1
    rest = corners[strips * per_row :]
    apart = strips > 0 and (not len(rest) or rest.min() >= (strips + 1) * cols)
    return (strips + 1, cols) if apart else (0, 0)


def _begins_with_box(points: Array, corners: Array) -> bool:
    """Whether the first triangles are the faces of a box along the axes, and the others use other vertices."""
    faces, rest = corners[:_FACES], corners[_FACES:]
    if len(faces) < _FACES or len(points) < _CORNERS or faces.max() >= _CORNERS or (rest < _CORNERS).any():
        return False
    box = points[:_CORNERS]
    low, high = box.min(axis=0), box.max(axis=0)
    upper = box == high
    at_corners = (upper | (box == low)).all() and (high > low).all()
    return bool(at_corners) and len(np.unique(upper @ [1, 2, 4])) == _CORNERS
