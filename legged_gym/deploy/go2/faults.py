"""What can be wrong with a simulated Go2: each fault that a stop is for, to be injected while it runs."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Faults:
    """All well by default. Set a field, and the next message has the fault."""

    silent: bool = False
    """No states are sent."""
    wrong_checksum: bool = False
    frozen_imu: bool = False
    """The inertial readings stay what they were."""
    gyro: float = 0.0
    """Added to the first angular velocity, rad/s."""
    roll: float = 0.0
    """Of the orientation that is told, rad."""
    dof_pos: float = 0.0
    """Added to the angle of the first motor, rad."""
    dof_vel: float = 0.0
    """Added to its speed, rad/s."""
    torque: float = 0.0
    """Added to its torque, N m."""
    temperature: int = 35
    """Of the motors, degrees Celsius."""
    lost: int = 0
    """Messages to the motors that were lost."""
    charge: int = 90
    """Percent of the battery."""
    no_map: bool = False
    """No height maps are sent."""
    old_map: bool = False
    """The height map has the stamp that it had."""
    empty_map: bool = False
    """No cell of the height map is known."""
    map_frame: str = "odom"

    def orientation(self, quat: np.ndarray) -> np.ndarray:
        """What is told of an orientation [4], wxyz."""
        c, s = np.cos(0.5 * self.roll), np.sin(0.5 * self.roll)
        w, x, y, z = quat
        return np.array([w * c - x * s, x * c + w * s, y * c + z * s, z * c - y * s])
