"""Robots and terrains of the simulator tests."""

import importlib.util
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.sim.config import AssetCfg, ControlCfg
from legged_gym.sim.simulator import Simulator
from legged_gym.sim.terrain_model import TerrainLike

ENGINES = ["mujoco", *(["mujoco_warp"] if importlib.util.find_spec("mujoco_warp") else [])]
EVERY_ENGINE = pytest.mark.parametrize("engine", [*ENGINES, "isaacgym"], indirect=True)
"""Mark of tests of what the engine of the fixture `make` promises, and Isaac Gym's, too."""
STANCE = [0.1, 0.8, -1.5, -0.1, 0.8, -1.5, 0.1, 1.0, -1.5, -0.1, 1.0, -1.5]
"""The Go2's default pose, rad."""
WEIGHT = 15.019 * 9.81
"""Weight of the Go2, N (its data sheet's link masses)."""

MakeSim = Callable[..., Simulator]


class Go2Asset(AssetCfg):
    file = "{ROOT}/resources/robots/go2/urdf/go2.urdf"
    foot_name = "foot"


class StiffControl(ControlCfg):
    """Stiff enough for the default pose to stay within a millimetre of its kinematics."""

    stiffness = {"joint": 200.0}
    damping = {"joint": 5.0}


def flat_terrain(friction: float = 1.0) -> TerrainLike:
    heights = np.zeros((2, 2), dtype=np.float32)
    return _terrain(heights, 1000.0, (-500.0, -500.0), True, friction)


def height_field(heights: np.ndarray, scale: float, friction: float = 1.0) -> TerrainLike:
    """A map centred on the world's origin."""
    rows, cols = heights.shape
    origin = (-0.5 * (rows - 1) * scale, -0.5 * (cols - 1) * scale)
    return _terrain(heights.astype(np.float32), scale, origin, False, friction)


def _terrain(heights: np.ndarray, scale: float, origin: tuple[float, float], is_plane: bool, friction: float) -> Any:
    return SimpleNamespace(
        cfg=SimpleNamespace(static_friction=friction),
        heights=heights,
        horizontal_scale=scale,
        origin_xy=origin,
        is_plane=is_plane,
        slope_threshold=0.0,
        ceiling=None,
    )


def with_settings(cfg: type, **settings: Any) -> Any:
    """A configuration object that differs in some attributes."""
    changed = cfg()
    for name, value in settings.items():
        setattr(changed, name, value)
    return changed


def place(sim: Simulator, height: float = 0.325, joints: list[float] | torch.Tensor = STANCE) -> torch.Tensor:
    """Put all robots level and at rest above the origin; returns their joint angles [N, D]."""
    root = torch.zeros(sim.num_envs, 13)
    root[:, 2], root[:, 6] = height, 1.0
    dof_pos = torch.as_tensor(joints).expand(sim.num_envs, -1).clone()
    sim.reset(torch.ones(sim.num_envs, dtype=torch.bool), root, dof_pos, torch.zeros_like(dof_pos))
    return dof_pos


def run(sim: Simulator, targets: torch.Tensor, steps: int) -> None:
    for _ in range(steps):
        sim.step(targets)
