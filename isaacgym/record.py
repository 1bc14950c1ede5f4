"""Objects whose attributes are declared, as those of a compiled extension are."""

import math
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from isaacgym.unknown import unknown
from robust_parallel.errors import UserError


@dataclass(frozen=True)
class Range:
    """What an attribute that something is simulated with may be, both ends included."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"from {self.least:g} to {self.most:g}"


LARGEST, SMALLEST = 1.0e9, 1.0e-6
"""Of a quantity of a robot or its ground in SI units."""
NonNegative = Annotated[float, Range(0.0, LARGEST)]
Positive = Annotated[float, Range(SMALLEST, LARGEST)]


def number(value: Any) -> float:
    """A float of a number, or of a tensor or array of one element, on whatever device and of whatever shape.

    Raises:
        ValueError: it is none, or not a number.
    """
    taken = float(value.item() if hasattr(value, "item") else value)
    if math.isnan(taken):
        raise ValueError("not a number")
    return taken


def _whole(value: Any) -> int:
    given = value.item() if hasattr(value, "item") else value
    if int(given) != given:
        raise ValueError("no whole number")
    return int(given)


_TAKES: dict[Any, Callable[[Any], Any]] = {float: number, int: _whole, bool: bool}


class Record:
    """A base of dataclasses: takes numbers from tensors, too, and refuses what is not declared, or no such value."""

    _kinds: ClassVar[dict[str, Callable[[Any], Any]]] = {}

    def __init_subclass__(cls) -> None:
        hints = typing.get_type_hints(cls, include_extras=True)
        cls._kinds = {name: _taker(kind) for name, kind in hints.items() if not name.startswith("_")}

    def copied(self) -> Self:
        """The same values in another object; what they hold is shared. Thousands are made, so no check runs again."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __getattr__(self, name: str) -> Any:
        raise unknown(type(self).__name__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            take = self._kinds[name]
        except KeyError:
            raise unknown(type(self).__name__, name) from None
        try:
            object.__setattr__(self, name, take(value))
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            raise UserError(f"isaacgym: {type(self).__name__}.{name} = {value!r}: {error}") from None


def _taker(kind: Any) -> Callable[[Any], Any]:
    """What makes a value of an attribute of what it is given, or raises an error that says why it cannot."""
    if typing.get_origin(kind) is Annotated:
        base, bounds = typing.get_args(kind)
        return _within(_TAKES[base], bounds)
    if kind in _TAKES:
        return _TAKES[kind]
    return _instance(kind) if isinstance(kind, type) else lambda value: value


def _within(take: Callable[[Any], Any], bounds: Range) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        taken = take(value)
        if not bounds.least <= taken <= bounds.most:
            raise ValueError(f"must be {bounds}")
        return taken

    return checked


def _instance(kind: type) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"must be a {kind.__name__}")
        return value

    return checked
