"""The ground around a robot as triangles: a whole map has millions of them."""

from dataclasses import dataclass

import numpy as np

from legged_gym.sim.terrain_model import steep_rise
from legged_gym.terrain.boxes import Boxes, box_ceiling, box_ground
from legged_gym.viewing.web.messages import Ground

SIZE = 18.0
"""Side of the part that is drawn, m."""
_SLACK = 3.0
"""It moves when the robot has gone so far along x or y, m."""
_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=bool)
_SIDES = np.array(
    [
        *([[1, 5, 7], [1, 7, 3], [0, 6, 4], [0, 2, 6], [0, 1, 3], [0, 3, 2]]),
        *([[4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6]]),
    ]
)
"""Triangles of a box by its corners: top, bottom, and the four faces, seen from outside."""


@dataclass(frozen=True)
class Triangles:
    """A mesh in the world."""

    vertices: np.ndarray
    """[V, 3], m."""
    faces: np.ndarray
    """[T, 3], int: three vertices, counterclockwise from outside."""


class GroundPatch:
    """The part of a map that is drawn; it moves when the robot leaves its middle."""

    def __init__(self, ground: Ground) -> None:
        """Choose the map."""
        self._map = ground
        cells = round(SIZE / ground.horizontal_scale)
        self._shape = tuple(min(cells + 1, count) for count in ground.heights.shape)
        self._start: tuple[int, ...] | None = None
        self._middle: np.ndarray | None = None
        """Where the robot was when it last moved, cells."""

    def follow(self, position: np.ndarray) -> dict[str, Triangles] | None:
        """Move to a world position [3].

        Returns:
            The `light` and the `dark` squares of the ground, 1 m wide, so that one sees a robot move, and the `ceiling`
            that hangs over it; None: they are still those of the last time.
        """
        ground, scale = self._map, self._map.horizontal_scale
        here = (np.asarray(position[:2]) - ground.origin_xy) / scale
        if self._middle is not None and np.abs(here - self._middle).max() * scale < _SLACK:
            return None
        self._middle = here
        room = [size - count for size, count in zip(ground.heights.shape, self._shape, strict=True)]
        first = [round(at - count / 2) for at, count in zip(here, self._shape, strict=True)]
        start = tuple(min(max(at, 0), most) for at, most in zip(first, room, strict=True))
        if start == self._start:
            return None
        self._start = start
        window = tuple(slice(at, at + count) for at, count in zip(start, self._shape, strict=True))
        corner = np.array(start) * scale + np.array(ground.origin_xy)
        boxed = box_ground(ground.heights[window], steep_rise(ground), scale, corner)  # pyright: ignore[reportArgumentType]
        hangs = NOTHING if ground.ceiling is None else box_ceiling(ground.ceiling[window], scale, corner)
        field = surface(boxed.field, scale, corner)
        dark = np.floor(field.vertices[field.faces].mean(axis=1)[:, :2]).sum(axis=1) % 2.0 == 1.0
        light = Triangles(field.vertices, field.faces[~dark])
        return {
            "light": joined(light, of_boxes(boxed.boxes)),
            "dark": Triangles(field.vertices, field.faces[dark]),
            "ceiling": of_boxes(hangs),
        }


NOTHING = Boxes(np.empty((0, 3)), np.empty((0, 3)))


def surface(heights: np.ndarray, scale: float, corner: np.ndarray) -> Triangles:
    """A height field [R, C], m, of vertices `scale` m apart, the first one at `corner` (x, y)."""
    rows, cols = heights.shape
    x, y = np.meshgrid(corner[0] + scale * np.arange(rows), corner[1] + scale * np.arange(cols), indexing="ij")
    index = np.arange(rows * cols).reshape(rows, cols)
    here, ahead, left, across = index[:-1, :-1], index[1:, :-1], index[:-1, 1:], index[1:, 1:]
    faces = np.stack([np.stack([here, ahead, across], -1), np.stack([here, across, left], -1)])
    return Triangles(np.stack([x, y, heights], axis=-1).reshape(-1, 3), faces.reshape(-1, 3))


def known(mesh: Triangles) -> Triangles:
    """A mesh without the triangles whose heights are not known."""
    is_known = np.isfinite(mesh.vertices[:, 2])
    vertices = np.where(is_known[:, None], mesh.vertices, 0.0)
    return Triangles(vertices, mesh.faces[is_known[mesh.faces].all(axis=1)])


def of_boxes(boxes: Boxes) -> Triangles:
    """The faces of boxes; each has vertices of its own."""
    corners = np.where(_CORNERS, boxes.high[:, None], boxes.low[:, None])
    faces = _SIDES + len(_CORNERS) * np.arange(len(boxes))[:, None, None]
    return Triangles(corners.reshape(-1, 3), faces.reshape(-1, 3))


def joined(first: Triangles, second: Triangles) -> Triangles:
    """Two meshes as one."""
    vertices = np.concatenate([first.vertices, second.vertices])
    return Triangles(vertices, np.concatenate([first.faces, second.faces + len(first.vertices)]))
