"""How quantities change when the world is mirrored at the robot's plane between left and right (y to -y)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Mirror:
    """Column c of the mirrored values is `signs[c]` times column `source[c]`; doing it twice changes nothing."""

    source: tuple[int, ...]
    signs: tuple[float, ...]

    def __post_init__(self) -> None:
        for column, (partner, sign) in enumerate(zip(self.source, self.signs, strict=True)):
            if self.source[partner] != column or self.signs[partner] != sign or abs(sign) != 1.0:
                raise ValueError(f"column {column} does not come back to itself: {self}")

    @classmethod
    def of_signs(cls, *signs: float) -> "Mirror":
        """Each column stays in its place."""
        return cls(tuple(range(len(signs))), signs)

    @classmethod
    def side_by_side(cls, parts: Sequence["Mirror"]) -> "Mirror":
        """Of quantities in one row, one after the other."""
        source: list[int] = []
        for part in parts:
            source += [len(source) + column for column in part.source]
        return cls(tuple(source), tuple(sign for part in parts for sign in part.signs))

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        """Mirrored values [..., W]."""
        return values[..., list(self.source)] * values.new_tensor(self.signs)


VECTOR = Mirror.of_signs(1.0, -1.0, 1.0)
"""Of velocities, forces, gravity."""
PSEUDOVECTOR = Mirror.of_signs(-1.0, 1.0, -1.0)
"""Of angular velocities, torques."""
COMMAND = Mirror.of_signs(1.0, -1.0, -1.0)
"""Of forward, sideways and yaw velocity."""
SCALAR = Mirror.of_signs(1.0)
"""Of masses, delays: what has no direction."""

OfJoints = Callable[[Mirror], Mirror]
"""The mirror of a quantity, given that of the robot's joints."""


def frames(count: int) -> OfJoints:
    """Of `count` values of each joint, one frame of all joints after the other."""
    return lambda joints: Mirror.side_by_side([joints] * count)


def magnitudes(joints: Mirror) -> Mirror:
    """Of one value of each joint that has no direction, as a motor's strength."""
    return Mirror(joints.source, (1.0,) * len(joints.signs))


def of_parts(parts: Mirror | None, each: Mirror) -> Mirror | None:
    """Of several values of each part of a robot, one part after the other.

    Args:
        parts: of one scalar of each part, as of each foot; None if one has no counterpart.
        each: of the values of one part.
    """
    if parts is None:
        return None
    width = len(each.source)
    source = tuple(part * width + column for part in parts.source for column in each.source)
    return Mirror(source, tuple(sign * other for sign in parts.signs for other in each.signs))


def points(places: Sequence[Sequence[float]]) -> Mirror | None:
    """Of scalar values at places (x, y) in the robot's frame; None if one has no counterpart on the other side."""
    index = {(round(x, 6), round(y, 6) + 0.0): column for column, (x, y) in enumerate(places)}
    source = [index.get((x, -y + 0.0)) for x, y in index]
    if len(index) < len(places) or None in source:
        return None
    return Mirror(tuple(column for column in source if column is not None), (1.0,) * len(source))
