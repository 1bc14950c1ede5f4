"""How hard the ground is that a policy gets across: the widest gap, the highest platform, the narrowest beam."""

from collections.abc import Mapping, Sequence
from typing import Any

from legged_gym.terrain.kinds import SIZES

SHARES = (0.8, 0.9)
"""Success from which a size counts as mastered."""
ROBOTS = {"go2": (0.70, 0.426), "a1": (0.50, 0.40)}
"""Lengths of the body and of a leg, m, by `asset.name`: what jumps and climbs of robots are compared in. Bodies: the
maker's sheets; legs: thigh and calf of the URDF."""


def records(
    success: Mapping[str, Sequence[float | None]], sizes: Mapping[str, Sequence[float]], robot: str
) -> dict[str, dict[str, Any]]:
    """The hardest size of each terrain type on which, and on all easier levels, the success is high enough.

    Args:
        success: by terrain type, for each level; None: not measured.
        sizes: by terrain type, for each level; types without one are left out.
        robot: `asset.name`.

    Returns:
        By type, for each of `SHARES` as per cent (`"80"`): `size`, and of lengths `bodies` and `legs`, the same in
        lengths of a robot in `ROBOTS`; None: not even the first level.
    """
    return {
        kind: {f"{100 * share:.0f}": _hardest(success[kind], row, share, kind, robot) for share in SHARES}
        for kind, row in sizes.items()
        if kind in success
    }


def _hardest(
    rates: Sequence[float | None], sizes: Sequence[float], share: float, kind: str, robot: str
) -> dict[str, float] | None:
    mastered = [rate is not None and rate >= share for rate in rates]
    count = mastered.index(False) if False in mastered else len(mastered)
    if count == 0:
        return None
    size = sizes[count - 1]
    if SIZES[kind].unit != "m" or robot not in ROBOTS:
        return {"size": size}
    body, leg = ROBOTS[robot]
    return {"size": size, "bodies": size / body, "legs": size / leg}
