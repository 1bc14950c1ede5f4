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
