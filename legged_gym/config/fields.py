"""What a configuration's fields may hold, declared beside them: `dt: Positive = 0.005`.

A declaration is a type hint: its type, and for more than a type `typing.Annotated[type, rule, ...]`. `accepts` tells
whether a value fits one, `describe` says it in words.
"""

import math
import types
from abc import ABC, abstractmethod
from typing import Annotated, Any, Union, get_args, get_origin

from legged_gym.config.suggest import nearest

LARGEST, SMALLEST = 1.0e9, 1.0e-6
"""Of a number that says nothing else: a quantity of a robot in SI units is smaller and, unless it is 0, larger; as a
time, the largest means never."""
MOST = 10**9
"""Of a count that says nothing else: what 32 bits hold."""


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
        lower = f" above {self.low:g}" if self.above else f" of at least {self.low:.7g}"
        upper = f" of at most {self.high:g}"
        if self.high == math.inf:
            return lower
        return upper if self.low == -math.inf else f"{lower} and{upper.removeprefix(' of')}"


class Length(Rule):
    """As many items; or from the first to the second number."""

    def __init__(self, least: int, most: int | None = None) -> None:
        self.least, self.most = least, least if most is None else most

    def holds(self, value: Any) -> bool:
        return self.least <= len(value) <= self.most

    def __str__(self) -> str:
        return f", {self.least} of them" if self.least == self.most else f", {self.least} to {self.most} of them"


class Distinct(Rule):
    """No item twice."""

    def holds(self, value: Any) -> bool:
        return all(item not in value[:index] for index, item in enumerate(value))

    def __str__(self) -> str:
        return ", none twice"


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


class Entries(Rule):
    """A table with just these entries, each as it is declared."""

    def __init__(self, **hints: Any) -> None:
        self.hints = hints

    def holds(self, value: Any) -> bool:
        return value.keys() == self.hints.keys() and all(accepts(hint, value[key]) for key, hint in self.hints.items())

    def __str__(self) -> str:
        return " of " + " and of ".join(f"{key}: {describe(hint)}" for key, hint in self.hints.items())


class Filled(Rule):
    """A text with at least one character."""

    def holds(self, value: Any) -> bool:
        return bool(value)

    def __str__(self) -> str:
        return ", not empty"


class FileName(Rule):
    """A name that a file or folder can have; it may be empty where another name stands before it."""

    LONGEST = 200
    """Bytes of it: file systems take 255, and a run's date, stage and number stand beside it."""

    def __init__(self, may_be_empty: bool = False) -> None:
        self.may_be_empty = may_be_empty

    def holds(self, value: Any) -> bool:
        fits = len(value.encode(errors="replace")) <= self.LONGEST and value.isprintable()
        return (
            fits and not {"/", "\\"} & {*value} and value not in ((".", "..") if self.may_be_empty else ("", ".", ".."))
        )

    def __str__(self) -> str:
        return f" that can name a folder: up to {self.LONGEST} printable characters, and no path separator"


Name = Annotated[str, Filled()]
Positive = Annotated[float, Bounds(SMALLEST, LARGEST)]
NonNegative = Annotated[float, Bounds(0, LARGEST)]
Share = Annotated[float, Bounds(0, 1)]
PositiveInt = Annotated[int, Bounds(1, MOST)]
NonNegativeInt = Annotated[int, Bounds(0, MOST)]
Range = Annotated[list[float], Ordered()]
NonNegativeRange = Annotated[list[NonNegative], Ordered()]

_SCALARS: dict[Any, tuple[str, str]] = {
    bool: ("true or false", "values true or false"),
    int: ("a whole number", "whole numbers"),
    float: ("a number", "numbers"),
    str: ("a text", "texts"),
    dict: ("a table", "tables"),
    type(None): ("none", "none"),
}
"""Types of plain values: in words, one and several."""


def accepts(hint: Any, value: Any) -> bool:
    """Whether a value fits a declaration. An int fits float, a list fits tuple; a float must not pass `LARGEST`."""
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
        names = isinstance(value, dict) and all(isinstance(name, str) for name in value)
        return names and all(accepts(arguments[1], item) for item in value.values())
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
        kinds = [describe(argument, True) for argument in dict.fromkeys(arguments)]
        return f"a list of {' and '.join(kinds)}, {len(arguments)} of them"
    if origin is list:
        return f"{'lists' if several else 'a list'} of {describe(arguments[0], True)}"
    if origin is dict:
        return f"names with {describe(arguments[1], True)}"
    return _SCALARS[hint][several] if hint in _SCALARS else "anything"


def hint_at(hint: Any, value: Any) -> str:
    """What else there is to say of a wrong value, to follow its declaration.

    `; did you mean X?` where the rules know what may have been meant; how large numbers are; the entry of a table.
    """
    if hint is float and isinstance(value, float) and not math.isnan(value):
        return f" from -{LARGEST:g} to {LARGEST:g}"
    if get_origin(hint) is dict and isinstance(value, dict):
        wrong = [name for name, item in value.items() if not accepts(get_args(hint)[1], item)]
        return f"; that of {wrong[0]!r} is not" if wrong else ""
    if get_origin(hint) is not Annotated:
        return ""
    return "".join(rule.hint(value) for rule in get_args(hint)[1:])
