"""Where plain data differs."""

from collections.abc import Iterator, Mapping
from typing import Any

MISSING = object()
"""What stands for an entry that there is not."""


def differences(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two pieces of plain data differ, by its dotted name, and what each has there.

    Tables are compared entry by entry, also within lists of equal length; whether something is a list or a tuple does
    not matter.
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in [*one, *(key for key in other if key not in one)]:
            where = f"{place}.{key}" if place else str(key)
            if key in one and key in other:
                yield from differences(one[key], other[key], where)
            else:
                yield where, one.get(key, MISSING), other.get(key, MISSING)
    elif _are_tables(one) and _are_tables(other) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{place}[{index}]")
    elif _plain(one) != _plain(other):
        yield place, one, other


def _are_tables(data: Any) -> bool:
    return isinstance(data, list | tuple) and all(isinstance(item, Mapping) for item in data)


def _plain(data: Any) -> Any:
    """Return tuples as lists."""
    return [_plain(item) for item in data] if isinstance(data, list | tuple) else data
