"""A terrain as MuJoCo knows it: a plane, or a height field and, for vertical faces and ceilings, boxes."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from collections.abc import Sequence
from typing import Any, Protocol

import mujoco
import numpy as np

from legged_gym.terrain.boxes import BoxedGround, Boxes, box_ceiling, box_ground
from robust_parallel.physics.height_field import add_height_field

_ROUNDING = 1.0e-5
"""An edge of the grid just as steep as the threshold is not vertical, m: its heights pass through single precision."""


class TerrainLike(Protocol):
    """What the engines read of a terrain."""

    cfg: Any
    """Configuration of the terrain; `static_friction` is read."""
    heights: np.ndarray
    """Heights [rows_x, cols_y], m; index 0 runs along world x."""
    horizontal_scale: float
    """Cell size, m."""

    @property
    def origin_xy(self) -> Sequence[float]:
        """World (x, y) of `heights[0, 0]`, m."""
        ...

    is_plane: bool
    """No map: an infinite plane at height 0."""
    slope_threshold: float
    """Steeper edges of the grid than this, as rise over run, are vertical faces; 0: none is, all are ramps.

    A cell with such an edge among its four is blocky: its quarters are level, each as high as its own corner.
    """
    ceiling: np.ndarray | None
    """Underside of what hangs over the ground [rows_x, cols_y], m; infinite where it is open. None: nothing hangs.

    Each vertex holds up a block one cell wide and 1 m high.
    """


def add_terrain(spec: mujoco.MjSpec, terrain: TerrainLike, boxes: bool) -> bool:
    """Put a terrain into the world: a geometry `terrain`, and boxes if they are wanted and the map has what needs them.

    Args:
        spec: what it is added to.
        terrain: the map.
        boxes: give the map its vertical faces and ceilings; else it is the plain height field.

    Returns:
        Whether there are boxes.
    """
    material = {"contype": 1, "conaffinity": 1, "friction": [terrain.cfg.static_friction, 0.005, 0.0001]}
    if terrain.is_plane:
        spec.worldbody.add_geom(name="terrain", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0.0, 0.0, 1.0], **material)
        return False
    if not boxes:
        add_height_field(spec, terrain.heights, terrain.horizontal_scale, terrain.origin_xy, **material)
        return False
    ground = ground_of(terrain)
    add_height_field(spec, ground.field, terrain.horizontal_scale, terrain.origin_xy, **material)
    parts = ground.boxes, ceiling_of(terrain)
    for part in parts:
        for low, high in zip(part.low, part.high, strict=True):
            spec.worldbody.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX, pos=(low + high) / 2.0, size=(high - low) / 2.0, **material
            )
    return any(map(len, parts))


def steep_rise(terrain: TerrainLike) -> float:
    """An edge of the grid that rises more than this is a vertical face, m; infinite where none is."""
    if not terrain.slope_threshold:
        return math.inf
    return terrain.slope_threshold * terrain.horizontal_scale + _ROUNDING


def ground_of(terrain: TerrainLike) -> BoxedGround:
    """A map's ground with its vertical faces."""
    return box_ground(terrain.heights, steep_rise(terrain), terrain.horizontal_scale, terrain.origin_xy)


def ceiling_of(terrain: TerrainLike) -> Boxes:
    """What hangs over a map's ground."""
    if terrain.ceiling is None:
        return Boxes(np.empty((0, 3)), np.empty((0, 3)))
    return box_ceiling(terrain.ceiling, terrain.horizontal_scale, terrain.origin_xy)
