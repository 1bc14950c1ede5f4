"""Objects whose attributes are declared, as those of a compiled extension are."""

import typing
from collections.abc import Callable
from typing import Any, ClassVar, Self

from isaacgym.unknown import unknown


def number(value: Any) -> float:
    """A float of a number, or of a tensor or array of one element, on whatever device and of whatever shape."""
    return float(value.item() if hasattr(value, "item") else value)


def _whole(value: Any) -> int:
    return int(value.item() if hasattr(value, "item") else value)


_TAKES: dict[Any, Callable[[Any], Any]] = {float: number, int: _whole, bool: bool}


class Record:
    """A base of dataclasses: numbers are taken from tensors, too, and an attribute that is not declared is refused."""

    _kinds: ClassVar[dict[str, Callable[[Any], Any] | None]] = {}

    def __init_subclass__(cls) -> None:
        hints = {name: kind for name, kind in typing.get_type_hints(cls).items() if not name.startswith("_")}
        cls._kinds = {name: _TAKES.get(kind) for name, kind in hints.items()}

    def copied(self) -> Self:
        """The same values in another object; what they hold is shared. Thousands are made, so no check runs again."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        return twin

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            take = self._kinds[name]
        except KeyError:
            raise unknown(type(self).__name__, name) from None
        object.__setattr__(self, name, value if take is None else take(value))
