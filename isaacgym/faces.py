"""Vertical faces on a grid of heights: ramps, half as wide as on the grid itself."""

import numpy as np

Array = np.ndarray


def halved(heights: Array, moved_x: Array, moved_y: Array) -> Array:
    """The same ground on a grid of half the cell [2 R - 1, 2 C - 1], m.

    Where nothing is steep it is the same surface. A steep edge is low up to its middle, and a ramp from there to its
    high end: as the moved vertices have it, the face stands at the high end.

    Args:
        heights: [R, C], m.
        moved_x: cells by which the mesh's vertices were moved along x, -1, 0 or 1 [R, C].
        moved_y: along y [R, C].
    """
    middle_x = _middles(heights, _steep(moved_x))
    middle_y = _middles(heights.T, _steep(moved_y.T)).T
    moved = (moved_x != 0) | (moved_y != 0)
    steep = moved[:-1, :-1] | moved[1:, :-1] | moved[:-1, 1:] | moved[1:, 1:]
    # MuJoCo's triangles share the diagonal from a cell's low to its high indices, and so do the mesh's.
    centre = 0.5 * (heights[:-1, :-1] + heights[1:, 1:])
    lowest = np.minimum(np.minimum(middle_x[:, :-1], middle_x[:, 1:]), np.minimum(middle_y[:-1], middle_y[1:]))
    rows, cols = heights.shape
    fine = np.empty((2 * rows - 1, 2 * cols - 1), dtype=heights.dtype)
    fine[::2, ::2] = heights
    fine[1::2, ::2] = middle_x
    fine[::2, 1::2] = middle_y
    fine[1::2, 1::2] = np.where(steep, lowest, centre)
    return fine


def _steep(moved: Array) -> Array:
    """Edges along the first axis whose lower vertex was moved to the other one [R - 1, C]."""
    return (moved[:-1] > 0) | (moved[1:] < 0)


def _middles(heights: Array, steep: Array) -> Array:
    """Heights at the middles of the edges along the first axis [R - 1, C]."""
    first, second = heights[:-1], heights[1:]
    return np.where(steep, np.minimum(first, second), 0.5 * (first + second))
