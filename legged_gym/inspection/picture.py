"""A robot as it stands, drawn."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from legged_gym.inspection.inspect import Inspection
from legged_gym.inspection.stance import Stance
from legged_gym.inspection.standing import flat_ground, robot_asset
from legged_gym.utils.outputs import write_pixels
from legged_gym.viewing.rendering import Camera, Renderer

_SIZE = (800, 600)
"""Width and height, pixels."""
_SIZES_AWAY = 2.8
"""Distance of the camera against the robot's height and reach."""


@dataclass
class PosedRobot:
    """One robot, as a `Renderer` takes it."""

    dof_names: list[str]
    root_states: np.ndarray
    """[1, 13]"""
    dof_pos: np.ndarray
    """[1, D], rad"""


def draw(found: Inspection, stance: Stance, file: Path) -> None:
    """Write a picture of a robot in a stance on flat ground.

    Raises:
        UserError: no OpenGL here, or the file cannot be written.
    """
    skeleton = found.skeleton
    skeleton.pose(stance.angles)
    posed = PosedRobot(
        found.dof_names,
        np.array([[0.0, 0.0, stance.height, 0.0, 0.0, 0.0, 1.0, *[0.0] * 6]]),
        np.array([[stance.joints[name] for name in found.dof_names]]),
    )
    size = max(skeleton.height(), skeleton.reach())
    renderer = Renderer(posed, robot_asset(found.path), flat_ground(), *_SIZE)
    try:
        pixels = renderer.render(0, Camera(distance=_SIZES_AWAY * size, azimuth=140.0, elevation=-15.0))
    finally:
        renderer.close()
    write_pixels(file, pixels)
