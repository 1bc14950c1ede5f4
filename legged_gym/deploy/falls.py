"""What ends a trial as a fall."""

import math
from typing import Any

import numpy as np

from legged_gym.deploy.ground import Ground
from legged_gym.deploy.robot import Robot
from legged_gym.deploy.tiles import Tile
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import BACK, TRACK_WIDTH, TRACKS


class Falls:
    """Falls as the task's episodes have them."""

    def __init__(self, termination: dict[str, Any], terrain: Terrain, ground: Ground) -> None:
        """Set up.

        Args:
            termination: that section of the policy's task.
            terrain: the map.
            ground: its heights.
        """
        self._limits, self._terrain, self._ground = termination, terrain, ground

    def begin(self, tile: Tile) -> None:
        """Begin a trial on a tile."""
        self._origin = self._terrain.env_origins[tile.level, tile.column].astype(np.float64)
        self._is_track = self._terrain.type_names[tile.column] in TRACKS

    def has_fallen(self, robot: Robot) -> bool:
        """Whether the robot lies on the ground, has tipped over or is down in a hole, or its simulation failed.

        In parkour also whether it leans too far, is too low or too high, or is beside or behind its track.
        """
        limits = self._limits
        lies = robot.failed or robot.terminating_force > limits["contact_force"] or robot.tilt > limits["max_tilt"]
        in_hole = robot.position[2] < self._ground.rim(robot.position[:2])
        return bool(lies or in_hole or "max_roll" in limits and (self._is_beyond(robot) or self._is_off_track(robot)))

    def _is_beyond(self, robot: Robot) -> bool:
        """Roll, pitch or height over the track's beginning, as `envs.parkour` has them."""
        x, y, z = robot.projected_gravity
        roll, pitch = math.asin(min(max(-y, -1.0), 1.0)), math.atan2(x, -z)
        low, high = self._limits["height"]
        leans = abs(roll) > self._limits["max_roll"] or abs(pitch) > self._limits["max_pitch"]
        return leans or not low <= robot.position[2] - self._origin[2] <= high

    def _is_off_track(self, robot: Robot) -> bool:
        along, lateral = robot.position[:2] - self._origin[:2]
        return self._is_track and (abs(lateral) > TRACK_WIDTH / 2 or along < -BACK)
