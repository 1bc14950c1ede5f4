"""Which terrain type stands in which column of the map."""

from collections.abc import Mapping, Sequence

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.terrain.kinds import GENERATORS, KINDS
from legged_gym.utils.errors import UserError


def column_types(proportions: Mapping[str, float], num_cols: int) -> list[str]:
    """The terrain type of each column: legged_gym's cumulative choice at j / num_cols + 0.001.

    Args:
        proportions: kind, or `module:function` of a generator -> share >= 0; the sum need not be 1. The order in
            `KINDS` decides, not that of the mapping; functions come after them.
        num_cols: columns of the map.

    Raises:
        UserError: unknown kind, no such function, or no share above 0.
    """
    for kind in proportions:
        if kind not in KINDS and ":" not in kind:
            raise UserError(f"terrain.terrain_proportions: unknown kind {kind!r}{_instead(str(kind))}")
    kinds = KINDS | {kind: (type_of(kind),) for kind in proportions if kind not in KINDS}
    types = [name for names in kinds.values() for name in names]
    shares = np.array([proportions.get(kind, 0.0) / len(names) for kind, names in kinds.items() for _ in names])
    if shares.sum() <= 0:
        raise UserError("terrain.terrain_proportions: all shares are 0, give at least one kind a share")
    bounds = np.cumsum(shares) / shares.sum()
    choices = np.arange(num_cols) / num_cols + 0.001
    return [types[int(np.argmax(choice < bounds))] for choice in np.minimum(choices, 1.0 - 1e-9)]


def _instead(name: str) -> str:
    """What to name in the place of what is no kind."""
    for kind, types in KINDS.items():
        if name in types:
            return f"; it is a type of the kind {kind}"
    return nearest(name, KINDS) or "; a function of your own is named module:function"


def kinds_without_column(proportions: Mapping[str, float], types: Sequence[str]) -> list[str]:
    """The kinds that have a share, but none of their types a column.

    Args:
        proportions: as of `column_types`.
        types: that of each column.
    """
    kinds = (kind for kind, share in proportions.items() if share > 0.0)
    return [kind for kind in kinds if not {*types} & {*KINDS.get(kind, (type_of(kind),) if ":" in kind else ())}]


def type_of(name: str) -> str:
    """The terrain type of a name: itself, or what the generator at `module:function` was registered as, if it was.

    Raises:
        UserError: unknown type, or no such function.
    """
    generator = GENERATORS[name]
    return name if name in GENERATORS else next((known for known in GENERATORS if GENERATORS[known] is generator), name)
