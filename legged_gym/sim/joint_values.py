"""Settings that give each joint a value."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from legged_gym.utils.errors import UserError

if TYPE_CHECKING:  # a robot's own computer needs no engine
    from legged_gym.sim.simulator import Simulator

_ROUNDING = 1.0e-5
"""Of an angle in single precision, rad."""


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


def default_angles(given: dict[str, float], sim: "Simulator") -> list[float]:
    """Joint targets at zero action [D], rad; of a joint that mimics another, where that one takes it.

    Args:
        given: those of `init_state.default_joint_angles`, by the joint's name.
        sim: has the joints, see `Simulator.dof_names`, `mimics` and `dof_pos_limits`.

    Raises:
        UserError: a joint has no angle, or one that it cannot take.
    """
    names = sim.dof_names
    following = {names[follower]: (names[leader], mimic) for follower, leader, mimic in sim.mimics}
    missing = [name for name in names if name not in given and name not in following]
    if missing:
        raise UserError(f"init_state.default_joint_angles lacks {', '.join(missing)}")
    angles = {name: given[name] for name in names if name not in following}
    for name, (leader, mimic) in following.items():
        angles[name] = mimic.multiplier * angles[leader] + mimic.offset
    for name, (low, high) in zip(names, sim.dof_pos_limits.tolist(), strict=True):
        if not low - _ROUNDING <= angles[name] <= high + _ROUNDING:
            raise UserError(
                f"init_state.default_joint_angles: {name} at {angles[name]:g} rad is beyond its limits, {low:g} to "
                f"{high:g} rad"
            )
    return [angles[name] for name in names]
