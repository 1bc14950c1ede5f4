"""Settings that name joints by parts of their names."""

from collections.abc import Sequence
from typing import Any

from legged_gym.utils.errors import UserError


def by_joint(
    option: str, by_key: dict[str, Any], names: Sequence[str], needing: Sequence[str] | None = None, other: Any = None
) -> list[Any]:
    """Value of every joint by its name, or by a part of it; of several that match, the last one wins.

    A key that is a joint's whole name means this joint alone.

    Args:
        option: what it is, for errors.
        by_key: values.
        names: of the joints.
        needing: those that need a value; by default all.
        other: value of the others.
    """
    for key in by_key:
        if not any(key in name for name in names):
            raise UserError(f"{option}: no joint has {key!r} in its name; joints: {', '.join(names)}")
    values = []
    for name in names:
        if needing is not None and name not in needing:
            values.append(other)
            continue
        matches = [value for key, value in by_key.items() if key == name or (key in name and key not in names)]
        if not matches:
            raise UserError(f"{option}: joint {name!r} matches none of its keys: {', '.join(by_key)}")
        values.append(matches[-1])
    return values
