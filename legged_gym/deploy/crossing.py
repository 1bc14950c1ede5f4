"""The way of a trial's robot across its tile, as `envs.sight` and `envs.parkour` have those of many robots."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from legged_gym.deploy.tiles import Tile
from legged_gym.terrain.kinds import CROSSINGS
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import TRACKS, plans
from legged_gym.terrain.ways import BEHIND, LOOKAHEAD, STRIDE


class Ahead(NamedTuple):
    """What is asked of a robot on its way."""

    heading: float
    """Direction of the point to go to, rad."""
    speeds: tuple[float, float]
    """Least and largest forward speed there, m/s."""


class Crossing:
    """The line through the middle of a tile that a robot is steered along, and how far it has come on it."""

    def __init__(self, settings: dict[str, Any] | None, terrain: Terrain, dt: float) -> None:
        """Set up.

        Args:
            settings: the `crossing` section of the policy's task; None: nobody is steered across.
            terrain: the map.
            dt: control step, s.
        """
        self._settings, self._terrain, self._dt = settings or {}, terrain, dt
        self._plans = plans(terrain) if self._settings.get("speeds") else None

    def begin(self, tile: Tile, heading: np.ndarray, offset: np.ndarray) -> None:
        """Begin a trial on a tile: of the four ways the one that the robot already faces, on a track along it.

        Args:
            tile: where.
            heading: of the robot, a unit vector [2].
            offset: its place from the tile's middle [2], m.
        """
        name = self._terrain.type_names[tile.column]
        self._is_active = bool(self._settings) and name in CROSSINGS
        axis = int(np.abs(heading).argmax())
        self._way = np.array([1.0, 0.0]) if name in TRACKS else np.sign(heading[axis]) * np.eye(2)[axis]
        self._obstacles = self._plans[tile.level][tile.column] if self._plans is not None else []
        self._skill = ""
        self._covered, self._idle_for = float(offset @ self._way), 0.0

    def look(self, offset: np.ndarray) -> Ahead | None:
        """What is asked of the robot at a place from the tile's middle [2], m; None where there is nothing to cross."""
        if not self._is_active:
            return None
        x, y = self._way
        left = np.array([-y, x])
        ahead = LOOKAHEAD * self._way - (offset @ left) * left
        return Ahead(math.atan2(ahead[1], ahead[0]), self._speeds(float(offset @ self._way)))

    def advance(self, offset: np.ndarray) -> None:
        """Let a control step pass, at the end of which the robot is at a place from the tile's middle [2], m."""
        along = float(offset @ self._way)
        self._idle_for += self._dt
        if along > self._covered + STRIDE:
            self._covered, self._idle_for = along, 0.0

    @property
    def is_stuck(self) -> bool:
        """Whether the robot has not got on for longer than the task has patience."""
        return self._is_active and self._idle_for > self._settings["patience"]

    def _speeds(self, along: float) -> tuple[float, float]:
        """Those of the first obstacle that the robot has not passed, behind the last one of that."""
        ahead = [obstacle.block for obstacle in self._obstacles if along - BEHIND <= obstacle.end]
        self._skill = ahead[0] if ahead else self._skill
        low, high = self._settings.get("speeds", {}).get(self._skill, self._settings["speed"])
        return low, high


def crossed(types: Iterable[str]) -> list[str]:
    """Those of some terrain types that have a way across, each once."""
    return [name for name in dict.fromkeys(types) if name in CROSSINGS]
