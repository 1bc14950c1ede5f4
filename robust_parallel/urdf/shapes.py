"""How far shapes extend."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from robust_parallel.errors import UserError
from robust_parallel.urdf.meshes import find_mesh, mesh_corners
from robust_parallel.urdf.tree import Shape, Vector


def rotation(rpy: Vector) -> np.ndarray:
    """Rotation matrix [3, 3] of roll, pitch and yaw about fixed axes, rad."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(rpy), np.sin(rpy)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def extent(shapes: Sequence[Shape], urdf: Path, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest coordinates [3] of some shapes of a link, m; infinite if there are none.

    Args:
        shapes: of one link; meshes that cannot be read are left out.
        urdf: the file that names the meshes.
        axes: columns [3, 3] along which to measure, in the link's frame.
    """
    points = [np.zeros((0, 3))]
    for shape in shapes:
        turn = rotation(shape.origin.rpy)
        points.append((_corners(shape, urdf) @ turn.T + np.array(shape.origin.xyz)) @ axes)
    every = np.concatenate(points)
    return every.min(axis=0, initial=np.inf), every.max(axis=0, initial=-np.inf)


def _corners(shape: Shape, urdf: Path) -> np.ndarray:
    """Points [n, 3] of a shape, in its own frame, that extend as far as it does along its own axes, m."""
    if shape.kind == "mesh":
        try:
            return mesh_corners(find_mesh(shape.file, urdf)) * np.array(shape.size)
        except UserError:
            return np.zeros((0, 3))
    match shape.kind:
        case "box":
            half = 0.5 * np.array(shape.size)
        case "sphere":
            half = np.full(3, shape.size[0])
        case _:
            radius, length = shape.size
            half = np.array([radius, radius, 0.5 * length + (radius if shape.kind == "capsule" else 0.0)])
    return half * np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
