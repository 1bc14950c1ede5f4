"""Joints that the engine drives to a position or a speed, as PhysX does.

Torque = stiffness (target position - position) + damping (target speed - speed), up to `effort` either way; damping
acts within a step, implicitly. Without gains, and in the other modes, the torques that a script sets drive a joint.
"""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np

from isaacgym.enums import DofDriveMode

Array = np.ndarray

DRIVE_FIELDS = ("actuator_biasprm", "actuator_forcerange")
"""Arrays of MuJoCo's model that hold gains and greatest torques."""


def gains(properties: Array) -> tuple[Array, Array]:
    """Stiffness, N m/rad, and damping, N m s/rad, of drives, by the joints' properties [...]; 0 where none is."""
    to_position = properties["driveMode"] == DofDriveMode.DOF_MODE_POS
    to_speed = properties["driveMode"] == DofDriveMode.DOF_MODE_VEL
    return properties["stiffness"] * to_position, properties["damping"] * (to_position | to_speed)


def is_driven(properties: Array) -> Array:
    """Whether joints have drives [...]."""
    stiffness, damping = gains(properties)
    return (stiffness != 0.0) | (damping != 0.0)


def add_drives(spec: mujoco.MjSpec, names: Sequence[str]) -> None:
    """Give each joint an actuator: torque = control + bias . (1, position, speed), within limits."""
    for name in names:
        drive = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        drive.gaintype, drive.biastype = mujoco.mjtGain.mjGAIN_FIXED, mujoco.mjtBias.mjBIAS_AFFINE
        drive.gainprm[0] = 1.0
        drive.forcelimited, drive.forcerange = mujoco.mjtLimited.mjLIMITED_TRUE, np.array([-1.0, 1.0])


def drive_fields(properties: Array, like: dict[str, Array]) -> dict[str, Array]:
    """`DRIVE_FIELDS` of joints with some properties [n, D], beginning with the model's own [D, ...]."""
    fields = {name: np.broadcast_to(like[name], (len(properties), *like[name].shape)).copy() for name in DRIVE_FIELDS}
    stiffness, damping = gains(properties)
    fields["actuator_biasprm"][..., 1], fields["actuator_biasprm"][..., 2] = -stiffness, -damping
    fields["actuator_forcerange"][:] = np.stack((-properties["effort"], properties["effort"]), axis=-1)
    return fields


class Drives:
    """What drives are told: one number a joint, its gains times its targets. Arrays are NumPy's or torch's."""

    def __init__(self, bias: Any, control: Any, positions: Any, speeds: Any) -> None:
        """Start with targets of 0.

        Args:
            bias: of the engine's actuators [N, D, 10]; negative gains in columns 1 and 2.
            control: of the engine's actuators [N, D]; written.
            positions: zeros [N, D].
            speeds: zeros [N, D].
        """
        self._bias, self._control, self._positions, self._speeds = bias, control, positions, speeds
        self.write()

    def set_positions(self, targets: Any, rows: Any) -> None:
        """Set the positions, rad, of the robots `rows` to theirs of all [N, D]."""
        self._positions[rows] = targets[rows]
        self.write()

    def set_speeds(self, targets: Any, rows: Any) -> None:
        """Set the speeds, rad/s, of the robots `rows` to theirs of all [N, D]."""
        self._speeds[rows] = targets[rows]
        self.write()

    def write(self) -> None:
        """Tell the drives, after targets or gains have changed."""
        stiffness, damping = -self._bias[..., 1], -self._bias[..., 2]
        self._control[:] = stiffness * self._positions + damping * self._speeds
        self.are_absent = (stiffness == 0.0) & (damping == 0.0)
        """Joints that are driven by torques instead [N, D]."""
