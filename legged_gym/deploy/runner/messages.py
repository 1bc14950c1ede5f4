"""What the runner and a robot tell each other, whatever carries it. Joints are in the controller's order [D]."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Buttons:
    """What the operator's remote says."""

    sticks: np.ndarray
    """Left x, left y, right x, right y [4], -1 to 1, to the right and forward positive."""
    pressed: frozenset[str]
    """Names of the buttons that are down."""


@dataclass(frozen=True)
class RobotState:
    """One message of the robot's sensors."""

    index: int
    """Number of the message since the transport began, from 0."""
    time: float
    """When it arrived, s, on the runner's clock."""
    tick: int
    """The robot's own count; a message with the tick of the last one says nothing new."""
    quat: np.ndarray
    """Orientation of the base [4], wxyz."""
    gyro: np.ndarray
    """Angular velocity, base frame [3], rad/s."""
    acceleration: np.ndarray
    """Specific force, base frame [3], m/s^2."""
    dof_pos: np.ndarray
    """rad"""
    dof_vel: np.ndarray
    """rad/s"""
    torque: np.ndarray
    """As the drives estimate it, N m."""
    temperature: np.ndarray
    """Of the motors, degrees Celsius."""
    lost: np.ndarray
    """Messages to each motor that were lost since the robot was switched on."""
    disorder: int
    """Messages up to now that had an earlier tick than the one before."""
    charge: float
    """Of the battery, percent."""
    remote: Buttons | None
    """The robot's own remote; None: it has none, or it is off."""

    @property
    def gravity(self) -> np.ndarray:
        """Direction of gravity in the base frame [3]."""
        w, x, y, z = self.quat
        return -np.array([2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)])


@dataclass(frozen=True)
class GroundMap:
    """A height map, as the robot or a mapping program made it."""

    index: int
    """Number of the message since the transport began, from 0."""
    time: float
    """When it arrived, s, on the runner's clock."""
    stamp: float
    """When it was made, s, on the robot's clock."""
    frame: str
    heights: np.ndarray
    """[R, C], m, first index along x, second along y; NaN: unknown."""
    origin: np.ndarray
    """x and y of the centre of cell [0, 0] [2], m."""
    resolution: float
    """Side of a cell, m."""


@dataclass(frozen=True)
class BasePose:
    """Where the base is in the map's frame."""

    index: int
    """Number of the message since the transport began, from 0."""
    time: float
    """When it arrived, s, on the runner's clock."""
    stamp: float
    """When it was measured, s, on the robot's clock."""
    frame: str
    position: np.ndarray
    """[3], m."""
    quat: np.ndarray
    """[4], xyzw, base to map."""


@dataclass(frozen=True)
class JointCommand:
    """What the drives do: torque = stiffness (target - angle) - damping velocity."""

    target: np.ndarray
    """rad"""
    stiffness: np.ndarray
    """N m/rad"""
    damping: np.ndarray
    """N m s/rad"""

    @property
    def is_damping(self) -> bool:
        """Whether no joint is pulled anywhere."""
        return not self.stiffness.any()


def damped(joints: int, damping: float) -> JointCommand:
    """Brakes alone, for as many joints, N m s/rad: a standing robot sinks to the ground."""
    return JointCommand(np.zeros(joints), np.zeros(joints), np.full(joints, damping))
