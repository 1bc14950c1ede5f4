"""What a configuration's fields may hold, declared beside them: `dt: Positive = 0.005`.

A declaration is a type hint: its type, and for more than a type `typing.Annotated[type, rule, ...]`. `accepts` tells
whether a value fits one, `describe` says it in words.
"""

import math
import types
from abc import ABC, abstractmethod
from typing import Annotated, Any, Union, get_args, get_origin

from legged_gym.config.suggest import nearest

LARGEST = 3.4e38
"""Of a number: what tensors hold, in single precision (IEEE 754: 3.4028e38)."""


class Rule(ABC):
    """What a value must be beside its type."""

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Whether a value of the right type keeps to it."""

    @abstractmethod
    def __str__(self) -> str:
        """What follows the type in a sentence."""

    def hint(self, value: Any) -> str:
        """What may have been meant by a value that does not."""
        return ""


class Bounds(Rule):
    """A number from `low` to `high`, or above `low`."""

    def __init__(self, low: float = -math.inf, high: float = math.inf, above: bool = False) -> None:
        self.low, self.high, self.above = low, high, above

    def holds(self, value: Any) -> bool:
        return (value > self.low if self.above else value >= self.low) and value <= self.high

    def __str__(self) -> str:
        lower = f" above {self.low:g}" if self.above else f" of at least {self.low:g}"
        upper = f" of at most {self.high:g}"
        if self.high == math.inf:
            return lower
        return upper if self.low == -math.inf else f"{lower} and{upper.removeprefix(' of')}"


class Length(Rule):
    """As many items."""

    def __init__(self, count: int) -> None:
        self.count = count

    def holds(self, value: Any) -> bool:
        return len(value) == self.count

    def __str__(self) -> str:
        return f", {self.count} of them"


class Ordered(Rule):
    """Two numbers, the first at most the second."""

    def holds(self, value: Any) -> bool:
        return len(value) == 2 and value[0] <= value[1]

    def __str__(self) -> str:
        return ", the lower and the upper end"


class OneOf(Rule):
    """One of several names."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def holds(self, value: Any) -> bool:
        return value in self.names

    def __str__(self) -> str:
        return f", one of {', '.join(self.names)}"

    def hint(self, value: Any) -> str:
        return nearest(str(value), self.names)


Positive = Annotated[float, Bounds(0, above=True)]
NonNegative = Annotated[float, Bounds(0)]
Share = Annotated[float, Bounds(0, 1)]
PositiveInt = Annotated[int, Bounds(1)]
NonNegativeInt = Annotated[int, Bounds(0)]
Range = Annotated[list[float], Ordered()]
PositiveRange = Annotated[list[Positive], Ordered()]
NonNegativeRange = Annotated[list[NonNegative], Ordered()]

_SCALARS: dict[Any, tuple[str, str]] = {
    bool: ("true or false", "values true or false"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    type(None): ("none", "none"),
}
"""Types of plain values: in words, one and several."""


def accepts(hint: Any, value: Any) -> bool:
    """Whether a value fits a declaration. An int fits float, a list fits tuple; a number must not pass `LARGEST`."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return accepts(arguments[0], value) and all(rule.holds(value) for rule in arguments[1:])
    if origin in (Union, types.UnionType):
        return any(accepts(argument, value) for argument in arguments)
    if origin is tuple:
        return _fits_tuple(arguments, value)
    if origin is list:
        return isinstance(value, list | tuple) and all(accepts(arguments[0], item) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(accepts(arguments[1], item) for item in value.values())
    return _fits_scalar(hint, value)


def _fits_tuple(hints: tuple[Any, ...], value: Any) -> bool:
    if not isinstance(value, list | tuple) or len(value) != len(hints):
        return False
    return all(accepts(hint, item) for hint, item in zip(hints, value, strict=True))


def _fits_scalar(hint: Any, value: Any) -> bool:
    if hint in (int, float) and isinstance(value, bool):
        return False
    if hint is float:
        return isinstance(value, int | float) and abs(value) <= LARGEST
    return hint not in _SCALARS or isinstance(value, hint)


def describe(hint: Any, several: bool = False) -> str:
    """A declaration in words, as what follows "must be"."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return describe(arguments[0], several) + "".join(str(rule) for rule in arguments[1:])
    if origin in (Union, types.UnionType):
        return " or ".join(describe(argument, several) for argument in arguments)
    if origin is tuple:
        return f"a list of {describe(arguments[0], True)}, {len(arguments)} of them"
    if origin is list:
        return f"{'lists' if several else 'a list'} of {describe(arguments[0], True)}"
    if origin is dict:
        return f"names with {describe(arguments[1], True)}"
    return _SCALARS[hint][several] if hint in _SCALARS else "anything"


def hint_at(hint: Any, value: Any) -> str:
    """`; did you mean X?` where a declaration's rules know what a wrong value may have meant."""
    if get_origin(hint) is not Annotated:
        return ""
    return "".join(rule.hint(value) for rule in get_args(hint)[1:])
