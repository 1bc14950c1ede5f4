"""Message types, declared as in IDL, and topics of them."""

from dataclasses import dataclass
from typing import Union

SIZES = {
    "bool": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4, "float32": 4, "int64": 8,
    "uint64": 8, "float64": 8,
}  # fmt: skip
"""Bytes of the numbers."""
STRING = "string"

Kind = Union[str, "Struct", "Array", "Sequence"]
"""A key of `SIZES`, `STRING`, or what is made of several."""


@dataclass(frozen=True, eq=False)
class Struct:
    """Named values, one after the other."""

    typename: str
    """As DDS knows it, such as `unitree_go.msg.dds_.LowCmd_`."""
    fields: dict[str, Kind]


@dataclass(frozen=True, eq=False)
class Array:
    """As many values of a kind."""

    item: Kind
    length: int


@dataclass(frozen=True, eq=False)
class Sequence:
    """Any number of values of a kind."""

    item: Kind


@dataclass(frozen=True, eq=False)
class Topic:
    """A named stream of messages of one type."""

    name: str
    type: Struct
