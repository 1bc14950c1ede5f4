"""Maps and cameras for tests of rays."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.sensors.ray_caster_torch import TorchRayCaster
from legged_gym.utils.math import quat_from_rpy
from tests.sim.robots import height_field

CELL = 0.05
"""Distance of vertices, m."""
CASTERS = ("torch", "warp")


def caster_class(name: str) -> type[RayCaster]:
    if name == "torch":
        return TorchRayCaster
    pytest.importorskip("warp")
    from legged_gym.sensors.ray_caster_warp import WarpRayCaster

    return WarpRayCaster


def ground_map(heights: np.ndarray, threshold: float = 0.0, ceiling: np.ndarray | None = None) -> Any:
    """A map of vertices [rows, cols] centred on the origin."""
    terrain: Any = height_field(heights, CELL)
    terrain.slope_threshold = threshold
    terrain.ceiling = None if ceiling is None else ceiling.astype(np.float32)
    return terrain


def cast(
    name: str,
    terrain: Any,
    rays: list[tuple[float, float]],
    position: tuple[float, float, float],
    pitch: float = 0.0,
    yaw: float = 0.0,
    reach: float = 3.0,
) -> list[float]:
    """Depths that one camera sees, m; its pitch (down) and yaw (left) in degrees."""
    caster = caster_class(name)(terrain, torch.tensor(rays), 1, reach)
    caster.positions[:] = torch.tensor(position)
    angles = torch.tensor([[0.0], [math.radians(pitch)], [math.radians(yaw)]])
    caster.rotations.copy_(quat_from_rpy(*angles))
    caster.cast()
    return caster.depths[0].tolist()
