"""Which simulations of a MuJoCo C batch went wrong in a step, and how."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import mujoco
import numpy as np
from mujoco.batch import Batch

_W = mujoco.mjtWarning
_WARNINGS = {
    "non_finite": [int(w) for w in (_W.mjWARN_BADQPOS, _W.mjWARN_BADQVEL, _W.mjWARN_BADQACC, _W.mjWARN_BADCTRL)],
    "contact_overflow": [int(_W.mjWARN_CONTACTFULL)],
    "constraint_overflow": [int(_W.mjWARN_CNSTRFULL)],
    "engine_error": [int(_W.mjWARN_INERTIA)],
}
"""Kinds of failure that MuJoCo's warning counters tell."""
FAILURE_KINDS = (*_WARNINGS, "out_of_bounds")
"""What can go wrong in a step."""


def find_failures(
    batch: Batch, base_pos: np.ndarray, raised: np.ndarray, max_position: float, max_velocity: float
) -> tuple[np.ndarray, np.ndarray]:
    """Simulations whose step went wrong [N], and how many under each of `FAILURE_KINDS` [K].

    A simulation counts under the first kind that applies.

    Args:
        batch: the simulations; their warnings are those since the counters were cleared.
        base_pos: place of the base [N, 3], m.
        raised: simulations in which MuJoCo raised an error [N].
        max_position: a base farther than this from the origin is out of bounds, m.
        max_velocity: a generalized velocity beyond this is out of bounds, m/s or rad/s.
    """
    qpos, qvel = batch.bind("qpos"), batch.bind("qvel")
    finite = np.isfinite(qpos).all(axis=1) & np.isfinite(qvel).all(axis=1)
    bounded = (np.abs(qvel) <= max_velocity).all(axis=1)
    bounded &= np.square(base_pos).sum(axis=1) <= max_position**2
    warned = batch.warning[:, :, 1] > 0
    failed = ~(finite & bounded) | warned.any(axis=1) | raised
    counts = np.zeros(len(FAILURE_KINDS), dtype=np.int32)
    if failed.any():
        kinds = {kind: warned[:, columns].any(axis=1) for kind, columns in _WARNINGS.items()}
        kinds["non_finite"] |= ~finite
        kinds["engine_error"] |= raised
        kinds["out_of_bounds"] = ~bounded
        every = np.stack([kinds[kind] for kind in FAILURE_KINDS])
        counts += (every & (np.cumsum(every, axis=0) == 1)).sum(axis=1, dtype=np.int32)
    return failed, counts
