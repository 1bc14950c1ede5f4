"""Vertical faces on a grid of heights: ramps half as wide as on the grid itself, or walls between its cells."""

import math

import numpy as np

Array = np.ndarray

_ROUNDING = 1.0e-5
"""Heights of meshes are of single precision, m."""


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


def steep_rise(heights: Array, moved_x: Array, moved_y: Array) -> float:
    """An edge that rises more than this, m, is vertical: the greatest rise of those whose ends were not moved together.

    Args:
        heights: [R, C], m.
        moved_x: cells by which the mesh's vertices were moved along x, -1, 0 or 1 [R, C].
        moved_y: along y [R, C].
    """
    if not (moved_x.any() or moved_y.any()):
        return math.inf
    rises = (np.abs(np.diff(heights, axis=0))[~_steep(moved_x)], np.abs(np.diff(heights.T, axis=0))[~_steep(moved_y.T)])
    return max(float(rise.max(initial=0.0)) for rise in rises) + _ROUNDING


def cell_corners(heights: Array, steep: float) -> Array:
    """Heights at the corners of each cell, seen from within it: walls stand where neighbours differ.

    A wall stands at the high end of a steep edge, so that the cell is low up to there: its high corners sink to those
    that they rise steeply from, and a corner whose neighbours in the cell both sank sinks with them.

    Args:
        heights: [R, C], m.
        steep: an edge that rises more than this is vertical, m.

    Returns:
        [R - 1, C - 1, 2, 2], m: corners by their offsets along the first and the second axis.
    """
    own = np.stack((heights[:-1, :-1], heights[:-1, 1:], heights[1:, :-1], heights[1:, 1:]), axis=-1)
    own = own.reshape(*own.shape[:2], 2, 2)
    across = own[..., ::-1, :], own[..., ::-1]
    partners = [np.where(own - other > steep, other, own) for other in across]
    sunk = np.minimum(*partners)
    around = np.maximum(sunk[..., ::-1, :], sunk[..., ::-1])
    return np.where(own - around > steep, np.minimum(sunk, around), sunk)


def _steep(moved: Array) -> Array:
    """Edges along the first axis whose lower vertex was moved to the other one [R - 1, C]."""
    return (moved[:-1] > 0) | (moved[1:] < 0)


def _middles(heights: Array, steep: Array) -> Array:
    """Heights at the middles of the edges along the first axis [R - 1, C]."""
    first, second = heights[:-1], heights[1:]
    return np.where(steep, np.minimum(first, second), 0.5 * (first + second))
