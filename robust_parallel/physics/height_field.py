"""A map of heights as MuJoCo's height field."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from robust_parallel.physics.model_parts import GROUND

CEILING_THICKNESS = 1.0
"""How far up what hangs over the ground is solid, m."""
_THICKNESS = 1.0
"""Solid ground under the lowest point of a height field, m: what has sunk in is pushed out, not through."""
_MIN_ELEVATION = 1.0e-3
"""Height-field range of a map without relief, m; MuJoCo wants a positive one."""


def add_height_field(
    spec: mujoco.MjSpec, heights: np.ndarray, cell: float, origin_xy: Sequence[float], **properties: Any
) -> None:
    """Put a map into the world as the geometry `GROUND`.

    A MuJoCo height field is centred on its geometry; its rows run along y and its columns along x, its data lie in
    [0, 1] and are scaled by `size[2]`: a value above 1 would not be collided.

    Args:
        spec: what it is added to.
        heights: of the map [rows_x, cols_y], m; index 0 runs along world x.
        cell: distance of neighbouring heights, m.
        origin_xy: world (x, y) of `heights[0, 0]`, m.
        properties: other attributes of the geometry.
    """
    rows_x, cols_y = heights.shape
    half_x = 0.5 * (rows_x - 1) * cell
    half_y = 0.5 * (cols_y - 1) * cell
    low, elevation = height_range(heights)
    spec.add_hfield(
        name=GROUND,
        nrow=cols_y,
        ncol=rows_x,
        size=[half_x, half_y, elevation, _THICKNESS],
        userdata=_normalized_heights(heights),
    )
    spec.worldbody.add_geom(
        name=GROUND,
        type=mujoco.mjtGeom.mjGEOM_HFIELD,
        hfieldname=GROUND,
        pos=[origin_xy[0] + half_x, origin_xy[1] + half_y, low],
        **properties,
    )


def height_range(heights: np.ndarray) -> tuple[float, float]:
    """Lowest height and range of a map, m."""
    low = float(heights.min())
    return low, max(float(heights.max()) - low, _MIN_ELEVATION)


def _normalized_heights(heights: np.ndarray) -> np.ndarray:
    """Map heights as MuJoCo stores them: rows along y, in [0, 1], flat."""
    low, elevation = height_range(heights)
    return np.clip((heights.T.astype(np.float64) - low) / elevation, 0.0, 1.0).ravel()
