"""Parts that a user of the package writes outside of it, named in configurations as `tests.own_parts:NAME`."""

from typing import Any, Self

import numpy as np
from torch import Tensor

from legged_gym.actuators.actuator import Actuator, Drives, Memory
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from legged_gym.terrain.kinds import HOLE, OPEN, Ground, Size, size_of, terrain
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
    """Waves along x, as high as the tile is difficult, inside of the outline."""
    x = np.arange(tile.shape[0])[:, None] / tile.length_cells
    return difficulty * np.sin(2.0 * np.pi * x) * (tile.edge_distance() > 0)


def half_a_tile(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Heights of the wrong shape."""
    return np.zeros((tile.shape[0] // 2, tile.shape[1]))


def hole_to_the_edge(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A hole that the next tile would cut off."""
    heights = np.zeros(tile.shape)
    heights[-2:, 40] = HOLE
    return heights


def roof_to_the_edge(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A roof that the next tile would cut off."""
    return np.zeros(tile.shape), np.full(tile.shape, 2.0)


def sunken_roof(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """Something that hangs at the height of the ground."""
    ceiling = np.full(tile.shape, OPEN)
    ceiling[40, 40] = 0.0
    return np.zeros(tile.shape), ceiling


def half_a_roof(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A ceiling that is not given for all of the tile."""
    return np.zeros(tile.shape), np.full(tile.width_cells, OPEN)


def low_roof(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A roof half a metre over the place where robots begin."""
    return np.zeros(tile.shape), np.where(tile.on_platform(), 0.5, OPEN)


def raised_edge(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A table: its neighbours would meet a cliff."""
    return np.full(tile.shape, 0.5)


def words(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """No numbers."""
    return np.full(tile.shape, "high")


def tower(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Higher than a float32 can tell."""
    return np.where(tile.on_platform(), 1e39, 0.0)


def lists(tile: Tile, difficulty: float, rng: np.random.Generator) -> Any:
    """Level ground as plain lists."""
    return np.zeros(tile.shape).tolist()


def three_layers(tile: Tile, difficulty: float, rng: np.random.Generator) -> Any:
    """More than ground and ceilings."""
    return np.zeros(tile.shape), np.ones(tile.shape), np.ones(tile.shape)


@terrain("ditch", size=Size("depth", 0.1, 0.3), crossing=True)
def ditch(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A moat of 0.5 m, deeper with the difficulty."""
    return np.where(tile.ring(5, tile.cells(0.5)), -size_of("ditch", tile, difficulty), 0.0)
