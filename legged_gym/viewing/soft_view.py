"""The obstacle before a robot of parkour where it does not collide, and so is no part of the ground that is drawn."""

from typing import Any

import numpy as np

from legged_gym.envs.parkour.parkour_config import SOFT
from legged_gym.envs.parkour.parkour_robot import ParkourRobot
from legged_gym.terrain.tracks import TRACK_WIDTH
from legged_gym.viewing.rendering import Block

_TOP = 1.0
"""How high a roof's box is drawn, m: it has no end."""


def soft_obstacle(env: Any, robot: int) -> list[Block]:
    """The boxes of the obstacle that a robot is engaged with, as wide as the track; none where obstacles collide.

    Args:
        env: any environment.
        robot: index of the robot.
    """
    if not isinstance(env, ParkourRobot) or env.cfg.parkour.dynamics != SOFT:
        return []
    origin = env.env_origins[robot].cpu().numpy()
    least, most = np.array([-np.inf, -TRACK_WIDTH / 2, 0.0]), np.array([np.inf, TRACK_WIDTH / 2, _TOP])
    bounds = env.course.boxes[robot].cpu().numpy().reshape(-1, 3, 2)  # of each box, axis and end
    lows, highs = np.maximum(bounds[:, :, 0], least), np.minimum(bounds[:, :, 1], most)
    return [Block(origin + low, origin + high) for low, high in zip(lows, highs, strict=True) if (low < high).all()]
