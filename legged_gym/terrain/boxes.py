"""Vertical faces and ceilings of a map as boxes, for engines that know height fields and boxes.

A map with `slope_threshold` > 0 has vertical faces: an edge of the grid is steep when its ends differ by more than
`slope_threshold * cell`, and a cell with a steep edge is *blocky*: its four quarters, cut at its mid-lines, are level,
each at the height of its own vertex. A run of c vertices at one height is c cells wide. The other cells are the height
field's two triangles.

A height field cannot show this, but it can lie below: `lowered_field` sinks every vertex of a blocky cell to the lowest
vertex of the blocky cells around it, and `ground_boxes` covers all that is then missing. Over smooth cells that slope
and touch a sunk vertex, boxes are an approximation: each quarter is level, at the height of its vertex.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

CEILING_THICKNESS = 1.0
"""How far up what hangs over the ground is solid, m."""
_DEPTH = 1.0
"""How far boxes reach below the map's lowest point, m: what has sunk in is pushed out, not through."""
_REACH = 2.0
"""Ground up to this long that needs no box is covered for the sake of one box instead of two, m: a stone's middle."""
_BAND = 64
"""Rows of cells that are looked through at a time: quarters of a whole map would take gigabytes."""


@dataclass(frozen=True)
class Boxes:
    """Axis-parallel boxes in the world, m."""

    low: np.ndarray
    """Least x, y and z of each [K, 3]."""
    high: np.ndarray
    """Greatest x, y and z of each [K, 3]."""

    def __len__(self) -> int:
        return len(self.low)

    @classmethod
    def none(cls) -> "Boxes":
        """No box."""
        return cls(np.empty((0, 3)), np.empty((0, 3)))


def lowered_field(heights: np.ndarray, step: float) -> np.ndarray:
    """Heights [rows, cols] of the field that lies nowhere above the true ground, but for slivers beside slopes, m.

    Args:
        heights: of the map [rows, cols], m.
        step: steep edges differ by more than this, m.
    """
    floor = np.where(blocky_cells(heights, step), _over_cell(np.minimum, heights), np.inf)
    lowered = heights.copy()
    for corner in _corners(lowered):  # each cell has its say on its four vertices
        np.minimum(corner, floor, out=corner)
    return lowered


def blocky_cells(heights: np.ndarray, step: float) -> np.ndarray:
    """Cells with a steep edge [rows - 1, cols - 1]: an edge of the grid whose ends differ by more than `step`, m."""
    along_x = np.abs(np.diff(heights, axis=0)) > step
    along_y = np.abs(np.diff(heights, axis=1)) > step
    return along_x[:, :-1] | along_x[:, 1:] | along_y[:-1] | along_y[1:]


def ground_boxes(heights: np.ndarray, step: float, cell: float, origin: Sequence[float]) -> Boxes:
    """Boxes whose tops are the true ground where `lowered_field` lies below it.

    Args:
        heights: of the map [rows, cols], m.
        step: steep edges differ by more than this, m.
        cell: distance of neighbouring vertices, m.
        origin: world position (x, y) of `heights[0, 0]`, m.
    """
    runs = _concatenated(_ground_runs(heights, step, cell))
    boxes = _merged(runs)
    bottom = float(heights.min()) - _DEPTH
    return _placed(boxes, cell / 2.0, origin, np.full(len(boxes.value), bottom), boxes.value)


def ceiling_boxes(ceiling: np.ndarray, cell: float, origin: Sequence[float]) -> Boxes:
    """What hangs over the ground: each vertex with a finite ceiling owns the square of one cell around it.

    Args:
        ceiling: height of its underside [rows, cols], m; infinite where there is none.
        cell: distance of neighbouring vertices, m.
        origin: world position (x, y) of `ceiling[0, 0]`, m.
    """
    solid = np.isfinite(ceiling)
    boxes = _merged(_runs(ceiling, solid, solid, 0))
    corner = origin[0] - cell / 2.0, origin[1] - cell / 2.0
    return _placed(boxes, cell, corner, boxes.value, boxes.value + CEILING_THICKNESS)


@dataclass(frozen=True)
class _Rectangles:
    """Parts of a grid that have one value: rows and columns from `low` up to, without, `high`."""

    low: np.ndarray
    """[K, 2], int."""
    high: np.ndarray
    """[K, 2], int."""
    value: np.ndarray
    """[K], m."""


def _ground_runs(heights: np.ndarray, step: float, cell: float) -> Iterator[_Rectangles]:
    """Runs of quarters at one height, in rows of quarters, that together cover all that the lowered field misses."""
    blocky = blocky_cells(heights, step)
    lowered = lowered_field(heights, step)
    touched = _over_cell(np.logical_or, lowered < heights)
    bottom = _over_cell(np.minimum, lowered)
    level = blocky | (_over_cell(np.minimum, heights) == _over_cell(np.maximum, heights))
    reach = round(2.0 * _REACH / cell)
    for first in range(0, len(blocky), _BAND):
        band = slice(first, first + _BAND)
        if not touched[band].any():
            continue
        top = _quartered(heights[first : first + _BAND + 1])[1:-1, 1:-1]
        missing = _quartered(touched[band]) & ((top > _quartered(bottom[band])) | ~_quartered(blocky[band]))
        runs = _runs(top, missing, _quartered(level[band]), reach)
        rows = np.array([2 * first, 0])
        yield _Rectangles(runs.low + rows, runs.high + rows, runs.value)


def _runs(value: np.ndarray, wanted: np.ndarray, free: np.ndarray, reach: int) -> _Rectangles:
    """Runs of one value along the rows of a grid [n, m] that cover all that is wanted, and what is free if need be.

    Args:
        value: of every element.
        wanted: must be covered.
        free: may be covered, to join two runs into one.
        reach: how many elements that are not wanted may lie between joined ones.
    """
    row, column = np.nonzero(wanted)
    usable = wanted | free
    same = usable[:, 1:] & usable[:, :-1] & (value[:, 1:] == value[:, :-1])
    stretch = np.zeros(value.shape, dtype=np.int32)  # counts on where neighbours cannot be of one run
    np.cumsum(~same, axis=1, out=stretch[:, 1:])
    stretch = stretch[row, column]
    joined = (np.diff(row) == 0) & (np.diff(stretch) == 0) & (np.diff(column) <= reach + 1)
    first, last = _ends(joined, len(row))
    low = np.stack((row[first], column[first]), axis=1)
    high = np.stack((row[last], column[last]), axis=1) + 1
    return _Rectangles(low, high, value[row[first], column[first]])


def _merged(runs: _Rectangles) -> _Rectangles:
    """Runs in one row each, those that repeat in the next rows made one rectangle."""
    order = np.lexsort((runs.low[:, 0], runs.high[:, 1], runs.low[:, 1]))
    low, high, value = runs.low[order], runs.high[order], runs.value[order]
    repeats = (np.diff(low[:, 1]) == 0) & (np.diff(high[:, 1]) == 0) & (np.diff(value) == 0)
    repeats &= low[1:, 0] == high[:-1, 0]
    first, last = _ends(repeats, len(value))
    return _Rectangles(low[first], high[last], value[first])


def _ends(joined: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last of each group of `count` things in a row, of which all but the last may be joined to the next."""
    first = np.flatnonzero(np.append(True, ~joined)[:count])
    last = np.flatnonzero(np.append(~joined, True)[:count])
    return first, last


def _placed(
    rectangles: _Rectangles, size: float, corner: Sequence[float], bottom: np.ndarray, top: np.ndarray
) -> Boxes:
    """Boxes over rectangles of a grid whose elements are `size` m wide and whose first has its corner at `corner`."""
    low, high = (np.array(corner) + size * ends for ends in (rectangles.low, rectangles.high))
    return Boxes(np.column_stack((low, bottom)), np.column_stack((high, top)))


def _concatenated(parts: Iterator[_Rectangles]) -> _Rectangles:
    low, high, value = [np.empty((0, 2), int)], [np.empty((0, 2), int)], [np.empty(0)]
    for part in parts:
        low.append(part.low)
        high.append(part.high)
        value.append(part.value)
    return _Rectangles(np.concatenate(low), np.concatenate(high), np.concatenate(value))


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
