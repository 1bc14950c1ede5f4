"""What a Go2's joints can do: a controller that counts on more is another robot's, whatever its joints are called."""

from collections.abc import Sequence

import numpy as np

from legged_gym.utils.errors import UserError

RANGES = {
    "F_hip": (-1.0472, 1.0472), "F_thigh": (-1.5708, 3.4907), "F_calf": (-2.7227, -0.83776),
    "R_hip": (-1.0472, 1.0472), "R_thigh": (-0.5236, 4.5379), "R_calf": (-2.7227, -0.83776),
}  # fmt: skip
"""Of the front's and the rear's joints, rad (Unitree's description of the Go2)."""
TORQUES = {"hip": 23.7, "thigh": 23.7, "calf": 45.43}
"""N m (the same)."""
SPEEDS = {"hip": 30.1, "thigh": 30.1, "calf": 20.07}
"""rad/s (the same)."""
STIFFEST, MOST_DAMPED = 200.0, 20.0
"""N m/rad and N m s/rad. Public controllers have up to 80 and 5; far stiffer drives tremble at their torque limits."""
_ROUNDED = 0.01
"""By how much files may differ, as a share and in rad."""


def check_limits(joint_names: Sequence[str], dof_pos_limits: np.ndarray, torque_limits: np.ndarray) -> None:
    """See that limits of joints are within a Go2's: the stops are at those of the controller's file.

    Args:
        joint_names: in the order of the limits.
        dof_pos_limits: lower and upper [D, 2], rad.
        torque_limits: [D], N m.

    Raises:
        UserError: one is beyond.
    """
    for name, (low, high), torque in zip(joint_names, dof_pos_limits, torque_limits, strict=True):
        leg, _, part = name.removesuffix("_joint").partition("_")
        key = f"{leg[:1]}_{part}"
        if key not in RANGES:
            raise UserError(f"the policy is of another robot: a Go2 has no {name}")
        lowest, highest = RANGES[key]
        beyond = ""
        if low < lowest - _ROUNDED or high > highest + _ROUNDED:
            beyond = f"{name} from {low:.2f} to {high:.2f} rad, a Go2's goes from {lowest:.2f} to {highest:.2f}"
        elif torque > (1.0 + _ROUNDED) * TORQUES[part]:
            beyond = f"{name} with {torque:.1f} N m, a Go2's has {TORQUES[part]:.1f}"
        if beyond:
            raise UserError(f"the policy is of another robot, or its file is old: it moves {beyond}")


def check_drives(
    joint_names: Sequence[str], dof_vel_limits: np.ndarray, stiffness: np.ndarray, damping: np.ndarray
) -> None:
    """See that a policy's drives are a Go2's; joints have passed `check_limits`.

    Args:
        joint_names: in the order of the others.
        dof_vel_limits: [D], rad/s; an older file has none, and would have no stop of them.
        stiffness: under the policy [D], N m/rad.
        damping: [D], N m s/rad.

    Raises:
        UserError: one is beyond.
    """
    for name, speed, kp, kd in zip(joint_names, dof_vel_limits, stiffness, damping, strict=True):
        fastest = SPEEDS[name.removesuffix("_joint").rpartition("_")[2]]
        beyond = ""
        if speed > (1.0 + _ROUNDED) * fastest:
            beyond = f"{name} with {speed:.1f} rad/s, a Go2's has {fastest:.1f}"
        elif kp > STIFFEST or kd > MOST_DAMPED:
            beyond = f"{name} with gains of {kp:g} and {kd:g}, a Go2's have at most {STIFFEST:g} and {MOST_DAMPED:g}"
        if beyond:
            raise UserError(f"the policy is of another robot, or its file is old: it moves {beyond}")
