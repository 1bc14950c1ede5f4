"""A terrain as MuJoCo knows it: a plane, or a height field and, for vertical faces and ceilings, boxes."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from collections.abc import Sequence
from typing import Any, Protocol

import mujoco
import numpy as np

from legged_gym.terrain.boxes import BoxedGround, Boxes, box_ceiling, box_ground

_THICKNESS = 1.0
"""Solid ground under the lowest point of a height field, m: what has sunk in is pushed out, not through."""
_MIN_ELEVATION = 1.0e-3
"""Height-field range of a map without relief, m; MuJoCo wants a positive one."""
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
        _add_field(spec, terrain, terrain.heights, material)
        return False
    ground = ground_of(terrain)
    _add_field(spec, terrain, ground.field, material)
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


def height_range(heights: np.ndarray) -> tuple[float, float]:
    """Lowest height and range of a map, m."""
    low = float(heights.min())
    return low, max(float(heights.max()) - low, _MIN_ELEVATION)


def _add_field(spec: mujoco.MjSpec, terrain: TerrainLike, heights: np.ndarray, material: dict[str, Any]) -> None:
    """A height field at the map's place in the world.

    A MuJoCo height field is centred on its geometry; its rows run along y and its columns along x, its data lie in
    [0, 1] and are scaled by `size[2]`: a value above 1 would not be collided.
    """
    rows_x, cols_y = heights.shape
    half_x = 0.5 * (rows_x - 1) * terrain.horizontal_scale
    half_y = 0.5 * (cols_y - 1) * terrain.horizontal_scale
    low, elevation = height_range(heights)
    spec.add_hfield(
        name="terrain",
        nrow=cols_y,
        ncol=rows_x,
        size=[half_x, half_y, elevation, _THICKNESS],
        userdata=_normalized_heights(heights),
    )
    spec.worldbody.add_geom(
        name="terrain",
        type=mujoco.mjtGeom.mjGEOM_HFIELD,
        hfieldname="terrain",
        pos=[terrain.origin_xy[0] + half_x, terrain.origin_xy[1] + half_y, low],
        **material,
    )


def _normalized_heights(heights: np.ndarray) -> np.ndarray:
    """Map heights as MuJoCo stores them: rows along y, in [0, 1], flat."""
    low, elevation = height_range(heights)
    return np.clip((heights.T.astype(np.float64) - low) / elevation, 0.0, 1.0).ravel()
