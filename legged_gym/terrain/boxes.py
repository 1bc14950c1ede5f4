"""Vertical faces and ceilings of a map as boxes, for engines that know height fields and boxes.

A map has vertical faces where an edge of its grid is steep: its ends differ by more than a given step. A cell with a
steep edge is *blocky*: its four quarters, cut at its mid-lines, are level, each at the height of its own vertex. A run
of c vertices at one height is c cells wide. The other cells are the height field's two triangles.

A height field cannot show this, but it can lie below: every vertex of a blocky cell sinks to the lowest vertex of the
blocky cells around it, and boxes cover what is then missing, and narrow level ground around it: a tread or a stone is
one box, and one contact, where a height field has one for each of its triangles. Over smooth cells that slope and touch
a sunk vertex they are an approximation: each quarter is level, at the height of its vertex.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robust_parallel.physics.height_field import CEILING_THICKNESS

_DEPTH = 1.0
"""How far boxes reach below the map's lowest point, m: what has sunk in is pushed out, not through."""
_NARROW = 2.0
"""Level ground up to this long is covered as a whole, m; much longer boxes slow MuJoCo's search for contacts."""
_BAND = 64
"""Rows of cells that are looked through at a time: the heights of all quarters would take gigabytes."""


@dataclass(frozen=True)
class Boxes:
    """Axis-parallel boxes in the world, m."""

    low: np.ndarray
    """Least x, y and z of each [K, 3]."""
    high: np.ndarray
    """Greatest x, y and z of each [K, 3]."""

    def __len__(self) -> int:
        return len(self.low)


@dataclass(frozen=True)
class BoxedGround:
    """The ground of a map: whatever is higher at a place, the height field or a box."""

    field: np.ndarray
    """Heights of the field [rows, cols], m: nowhere above the true ground."""
    boxes: Boxes
    """Where the true ground is higher, and on narrow level ground around; their tops are the true ground."""


def box_ground(heights: np.ndarray, step: float, cell: float, origin: Sequence[float] | np.ndarray) -> BoxedGround:
    """Give a map its vertical faces.

    Args:
        heights: of the map [rows, cols], m.
        step: steep edges differ by more than this, m.
        cell: distance of neighbouring vertices, m.
        origin: world position (x, y) of `heights[0, 0]`, m.
    """
    blocky = blocky_cells(heights, step)
    if not blocky.any():
        return BoxedGround(heights, Boxes(np.empty((0, 3)), np.empty((0, 3))))
    field = _lowered(heights, blocky)
    covered = _missing(heights, field, blocky)
    level = blocky | (_over_cell(np.minimum, heights) == _over_cell(np.maximum, heights))
    narrow = round(2.0 * _NARROW / cell)
    for _ in range(2):  # the second time at the corners of rings
        covered |= _narrow(heights, level, covered, narrow)
        covered |= _narrow(heights.T, level.T, covered.T, narrow).T
    boxes = _rectangles(heights, covered)
    bottom = np.full(len(boxes.value), heights.min() - _DEPTH)
    _sink(field, covered)
    return BoxedGround(field, _placed(boxes, cell / 2.0, origin, bottom, boxes.value))


def box_ceiling(ceiling: np.ndarray, cell: float, origin: Sequence[float] | np.ndarray) -> Boxes:
    """What hangs over the ground: each vertex with a finite ceiling owns the square of one cell around it.

    Args:
        ceiling: height of its underside [rows, cols], m; infinite where there is none.
        cell: distance of neighbouring vertices, m.
        origin: world position (x, y) of `ceiling[0, 0]`, m.
    """
    boxes = _merged(_runs(ceiling, np.isfinite(ceiling)))
    corner = origin[0] - cell / 2.0, origin[1] - cell / 2.0
    return _placed(boxes, cell, corner, boxes.value, boxes.value + CEILING_THICKNESS)


def blocky_cells(heights: np.ndarray, step: float) -> np.ndarray:
    """Cells with a steep edge [rows - 1, cols - 1]: an edge of the grid whose ends differ by more than `step`, m."""
    along_x = np.abs(np.diff(heights, axis=0)) > step
    along_y = np.abs(np.diff(heights, axis=1)) > step
    return along_x[:, :-1] | along_x[:, 1:] | along_y[:-1] | along_y[1:]


def _lowered(heights: np.ndarray, blocky: np.ndarray) -> np.ndarray:
    """Heights [rows, cols] whose blocky cells lie nowhere above the lowest of their own vertices."""
    floor = np.where(blocky, _over_cell(np.minimum, heights), np.inf)
    lowered = heights.copy()
    for corner in _corners(lowered):  # each cell has its say on its four vertices
        np.minimum(corner, floor, out=corner)
    return lowered


def _missing(heights: np.ndarray, field: np.ndarray, blocky: np.ndarray) -> np.ndarray:
    """Quarters of cells where a lowered field is below the true ground [2 (rows - 1), 2 (cols - 1)]."""
    missing = _quartered(_over_cell(np.logical_or, field < heights))
    cells = np.argwhere(blocky)
    bottom = _over_cell(np.minimum, field)[blocky]
    for x, y in ((0, 0), (0, 1), (1, 0), (1, 1)):
        i, j = (cells + (x, y)).T
        quarter_i, quarter_j = (2 * cells + (x, y)).T
        missing[quarter_i, quarter_j] = heights[i, j] > bottom
    return missing


def _narrow(heights: np.ndarray, level: np.ndarray, covered: np.ndarray, narrow: int) -> np.ndarray:
    """Quarters [2 (rows - 1), 2 (cols - 1)] that are not covered, but their level ground is, elsewhere along y.

    Only those that have no more than `narrow` such neighbours in a row.
    """
    found = np.zeros_like(covered)
    for first in range(0, len(level), _BAND):
        quarters = slice(2 * first, 2 * (first + _BAND))
        here = covered[quarters]
        if not here.any():
            continue
        top, flat = _tops(heights, first), _quartered(level[first : first + _BAND])
        begins = np.ones(here.shape, dtype=bool)
        begins[:, 1:] = (top[:, 1:] != top[:, :-1]) | ~(flat[:, 1:] & flat[:, :-1])
        stretches = np.flatnonzero(begins)
        touched = np.logical_or.reduceat(here.ravel(), stretches).repeat(np.diff(stretches, append=here.size))
        begins[:, 1:] |= here[:, 1:] != here[:, :-1]
        gaps = np.flatnonzero(begins)
        lengths = np.diff(gaps, append=here.size)
        filled = touched[gaps] & ~here.ravel()[gaps] & (lengths <= narrow)
        found[quarters] = filled.repeat(lengths).reshape(here.shape)
    return found


def _sink(field: np.ndarray, covered: np.ndarray) -> None:
    """Sink the vertices of a field [rows, cols] that have boxes all around: nothing can touch them, nor is to."""
    full = covered[::2, ::2] & covered[1::2, ::2] & covered[::2, 1::2] & covered[1::2, 1::2]
    buried = np.ones(field.shape, dtype=bool)
    for corner in _corners(buried):
        corner &= full
    field[buried] = field.min()


@dataclass(frozen=True)
class _Rectangles:
    """Parts of a grid that have one value: rows and columns from `low` up to, without, `high`."""

    low: np.ndarray
    """[K, 2], int."""
    high: np.ndarray
    """[K, 2], int."""
    value: np.ndarray
    """[K], m."""


def _rectangles(heights: np.ndarray, covered: np.ndarray) -> _Rectangles:
    """Rectangles of quarters at one height that are the covered ones."""
    parts = []
    for first in range(0, len(heights) - 1, _BAND):
        runs = _runs(_tops(heights, first), covered[2 * first : 2 * (first + _BAND)])
        parts.append(_Rectangles(runs.low + [2 * first, 0], runs.high + [2 * first, 0], runs.value))
    joined = (np.concatenate([getattr(part, name) for part in parts]) for name in ("low", "high", "value"))
    return _merged(_Rectangles(*joined))


def _runs(value: np.ndarray, wanted: np.ndarray) -> _Rectangles:
    """Runs of one value along the rows of a grid [n, m] that are what is wanted [n, m]."""
    row, column = np.nonzero(wanted)
    found = value[row, column]
    first, last = _ends((np.diff(row) == 0) & (np.diff(column) == 1) & (found[1:] == found[:-1]), len(found))
    low = np.stack((row[first], column[first]), axis=1)
    high = np.stack((row[last], column[last]), axis=1) + 1
    return _Rectangles(low, high, found[first])


def _merged(runs: _Rectangles) -> _Rectangles:
    """Runs in one row each, those that repeat in the next rows made one rectangle."""
    order = np.lexsort((runs.low[:, 0], runs.high[:, 1], runs.low[:, 1]))
    low, high, value = runs.low[order], runs.high[order], runs.value[order]
    repeats = (low[1:, 1] == low[:-1, 1]) & (high[1:, 1] == high[:-1, 1]) & (value[1:] == value[:-1])
    first, last = _ends(repeats & (low[1:, 0] == high[:-1, 0]), len(value))
    return _Rectangles(low[first], high[last], value[first])


def _ends(joined: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last of each group among `count` things in a row, those joined to the next ones [count - 1] or not."""
    first = np.flatnonzero(np.append(True, ~joined)[:count])
    last = np.flatnonzero(np.append(~joined, True)[:count])
    return first, last


def _placed(
    rectangles: _Rectangles, size: float, corner: Sequence[float] | np.ndarray, bottom: np.ndarray, top: np.ndarray
) -> Boxes:
    """Boxes over rectangles of a grid whose elements are `size` m wide and whose first has its corner at `corner`."""
    low, high = (np.array(corner) + size * ends for ends in (rectangles.low, rectangles.high))
    return Boxes(np.column_stack((low, bottom)), np.column_stack((high, top)))


def _tops(heights: np.ndarray, first: int) -> np.ndarray:
    """Heights of the quarters of a band of cells, each its vertex's [2 n, 2 (cols - 1)], m."""
    return _quartered(heights[first : first + _BAND + 1])[1:-1, 1:-1]


def _quartered(grid: np.ndarray) -> np.ndarray:
    """Every element of a grid [n, m] twice along both axes [2n, 2m]."""
    return grid.repeat(2, axis=0).repeat(2, axis=1)


def _corners(vertices: np.ndarray) -> tuple[np.ndarray, ...]:
    """The four vertices of each cell: views [rows - 1, cols - 1] of an array [rows, cols]."""
    return vertices[:-1, :-1], vertices[1:, :-1], vertices[:-1, 1:], vertices[1:, 1:]


def _over_cell(combine: np.ufunc, vertices: np.ndarray) -> np.ndarray:
    """The four vertices of each cell combined [rows - 1, cols - 1]."""
    first, second, third, fourth = _corners(vertices)
    return combine(combine(first, second), combine(third, fourth))
