"""Cameras of environments: where they are, and what they look at."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isaacgym.enums import CameraFollowMode
from isaacgym.geometry import Quat, Transform, Vec3
from isaacgym.params import CameraProperties
from robust_parallel.errors import UserError


@dataclass
class Camera:
    """A camera looks along its x axis; y is to the left and z up."""

    properties: CameraProperties
    pose: Transform = field(default_factory=Transform)
    """In the environment's frame, or in that of the body that carries it, m."""
    body: int | None = None
    """The body that carries it."""
    mode: CameraFollowMode = CameraFollowMode.FOLLOW_TRANSFORM
    tensors: dict[int, Any] = field(default_factory=dict)
    """Pictures that a script holds, by their type."""

    def in_world(self, origin: Vec3, bodies: np.ndarray) -> Transform:
        """Where it is now.

        Args:
            origin: of its environment, m.
            bodies: states of the environment's bodies [B, 13], world axes.
        """
        if self.body is None:
            return Transform(self.pose.p + origin, self.pose.r)
        x, y, z, *quat = bodies[self.body, :7].tolist()
        carrier = Transform(Vec3(x, y, z), Quat(*quat))
        if self.mode == CameraFollowMode.FOLLOW_POSITION:
            return Transform(carrier.p + self.pose.p, self.pose.r)
        return carrier * self.pose


def looking(place: Vec3, target: Vec3) -> Transform:
    """The pose from which a camera sees a target in its middle, upright.

    Raises:
        UserError: the target is where the camera is.
    """
    ahead = target - place
    if (ahead.x, ahead.y, ahead.z) == (0.0, 0.0, 0.0):
        raise UserError(f"isaacgym: a camera at {place} is to look at its own place")
    level = float(np.hypot(ahead.x, ahead.y))
    yaw, pitch = float(np.arctan2(ahead.y, ahead.x)), float(np.arctan2(-ahead.z, level))
    turn = Quat.from_axis_angle(Vec3(0.0, 0.0, 1.0), yaw) * Quat.from_axis_angle(Vec3(0.0, 1.0, 0.0), pitch)
    return Transform(place + Vec3(), turn)
