"""The Mini Cheetah's reference trot: one stride of one leg, made from the leg's kinematics and kept as a table.

A leg's joints turn about -y: a positive hfe swings the thigh forward, a positive kfe folds the shank forward, knee
backward. Positions are those of the foot's centre under the hfe joint, x forward and z up, m.
"""

import math
from pathlib import Path

import numpy as np

from legged_gym.envs.mini_cheetah.mini_cheetah_config import POSE
from legged_gym.utils.errors import UserError
from robust_parallel.files import read_bytes

THIGH, SHANK = 0.2085, 0.196
"""Lengths of the leg's links: hfe to kfe, and kfe to the foot's centre, m (URDF)."""
COLUMNS = ("haa", "hfe", "kfe")
LARGEST = 2.0 * math.pi
"""Of an angle in a table, rad."""
STEPS = 140
"""Rows of the table; row k is the stride's phase k / STEPS."""
FACTOR = 3.0
"""The table holds the joints' deviation from their default pose divided by this (QGym's form; the configuration's
`gait.reference_factor`)."""
SPEED = 0.5
"""Speed at which the feet do not slip, m/s: the middle of the commanded range."""
FREQUENCY = 3.0
"""Frequency of the strides, Hz: `gait.frequency`."""
CLEARANCE = 0.08
"""Height of the swinging foot in the middle of its swing, m: a quarter of the leg."""


def foot_position(hfe: np.ndarray, kfe: np.ndarray) -> np.ndarray:
    """Foot [..., 2] (x, z) of a leg with these joint angles [...], rad."""
    knee = THIGH * np.stack((np.sin(hfe), -np.cos(hfe)), axis=-1)
    return knee + SHANK * np.stack((np.sin(hfe + kfe), -np.cos(hfe + kfe)), axis=-1)


def joint_angles(foot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angles hfe and kfe [...], rad, that put the foot at [..., 2]; the knee points backward."""
    x, z = foot[..., 0], foot[..., 1]
    kfe = np.arccos((x**2 + z**2 - THIGH**2 - SHANK**2) / (2.0 * THIGH * SHANK))
    hfe = np.arctan2(x, -z) - np.arctan2(SHANK * np.sin(kfe), THIGH + SHANK * np.cos(kfe))
    return hfe, kfe


def foot_path(phase: np.ndarray) -> np.ndarray:
    """Foot [..., 2] (x, z) relative to its place in the default pose, at phases [...] in [0, 1).

    The first half of the stride is stance: on the ground, straight back. The second half is swing: up and down once,
    and forward with the ground's speed at both ends, so that position and velocity are continuous.
    """
    stride = 0.5 * SPEED / FREQUENCY  # the way of a stance
    u = 2.0 * phase % 1.0
    forward = -0.5 * stride - stride * u + stride * u**2 * (6.0 - 4.0 * u)
    swing = np.stack((forward, CLEARANCE * np.sin(math.pi * u) ** 2), axis=-1)
    stance = np.stack((0.5 * stride - stride * u, np.zeros_like(u)), axis=-1)
    return np.where(phase[..., None] < 0.5, stance, swing)


def make_reference() -> np.ndarray:
    """The table [STEPS, 3] of haa, hfe and kfe, rad."""
    default = np.array(POSE["hfe"]), np.array(POSE["kfe"])
    hfe, kfe = joint_angles(foot_position(*default) + foot_path(np.arange(STEPS) / STEPS))
    return np.stack((np.zeros(STEPS), hfe - default[0], kfe - default[1]), axis=1) / FACTOR


def write_reference(path: Path) -> None:
    """Write the table as CSV with a header."""
    np.savetxt(path, make_reference(), fmt="%.6f", delimiter=",", header=",".join(COLUMNS), comments="")


def read_reference(path: Path) -> np.ndarray:
    """Read a table [rows, 3] of one stride.

    Raises:
        UserError: the file is missing, or no such table.
    """
    fault = UserError(f"{path} is no reference: it wants columns {', '.join(COLUMNS)} of angles, rad")
    try:
        header, *rows = read_bytes(path).decode().splitlines() or [""]
        table = np.array([row.split(",") for row in rows], dtype=np.float64)
    except OSError as error:
        raise UserError(f"cannot read the reference {path}: {error.strerror}") from error
    except ValueError as error:
        raise fault from error
    if header != ",".join(COLUMNS) or table.ndim != 2 or table.shape[1] != len(COLUMNS):
        raise fault
    if not (np.abs(table) <= LARGEST).all():
        raise fault
    return table
