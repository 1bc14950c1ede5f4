"""Parts that a user of the package writes outside of it, named in configurations as `tests.own_parts:NAME`."""

from typing import Any, Self

import numpy as np
from torch import Tensor

from legged_gym.actuators.actuator import Actuator, Drives, Memory
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from legged_gym.terrain.tile import Tile


class Spring(Actuator):
    """Torque = clip(3 (target - q), +-limit)."""

    @classmethod
    def from_settings(cls, settings: Any, drives: Drives) -> Self:
        return cls({"torque_limits": drives.torque_limits}, drives.num_envs)

    def torque(self, targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        return 3.0 * (targets - dof_pos), memory


class Engine(MujocoSimulator):
    """MuJoCo C under another name."""


def waves(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Waves along x, as high as the tile is difficult."""
    x = np.arange(tile.shape[0])[:, None] / tile.length_cells
    return difficulty * np.sin(2.0 * np.pi * x) * np.ones(tile.shape)


def half_a_tile(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Heights of the wrong shape."""
    return np.zeros((tile.shape[0] // 2, tile.shape[1]))
