"""Which terrain type stands in which column of the map."""

from collections.abc import Mapping

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError

KINDS: dict[str, tuple[str, ...]] = {
    "slope": ("slope_up", "slope_down"),
    "rough_slope": ("rough_slope_up", "rough_slope_down"),
    "stairs_up": ("stairs_up",),
    "stairs_down": ("stairs_down",),
    "discrete": ("discrete",),
    "stepping_stones": ("stepping_stones",),
    "gap": ("gap",),
    "pit": ("pit",),
}
"""Names in `terrain_proportions` -> the terrain types that share the proportion in equal parts."""


def column_types(proportions: Mapping[str, float], num_cols: int) -> list[str]:
    """The terrain type of each column: legged_gym's cumulative choice at j / num_cols + 0.001.

    Args:
        proportions: kind -> share >= 0; the sum need not be 1. The order in `KINDS` decides, not that of the mapping.
        num_cols: columns of the map.

    Raises:
        UserError: unknown kind, or no share above 0.
    """
    for kind in proportions:
        if kind not in KINDS:
            raise UserError(f"terrain.terrain_proportions: unknown kind {kind!r}{nearest(str(kind), KINDS)}")
    types = [name for kind in KINDS for name in KINDS[kind]]
    shares = np.array([proportions.get(kind, 0.0) / len(KINDS[kind]) for kind in KINDS for _ in KINDS[kind]])
    if shares.sum() <= 0:
        raise UserError("terrain.terrain_proportions: all shares are 0, give at least one kind a share")
    bounds = np.cumsum(shares) / shares.sum()
    choices = np.arange(num_cols) / num_cols + 0.001
    return [types[int(np.argmax(choice < bounds))] for choice in np.minimum(choices, 1.0 - 1e-9)]
