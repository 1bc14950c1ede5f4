"""Messages of any length as bytes: CDR, version 1 of XCDR, little-endian (OMG DDS-RTPS 10, DDS-XTypes 7.4)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from legged_gym.deploy.dds.idl import SIZES, STRING, Array, Kind, Sequence, Struct

HEADER = b"\x00\x01\x00\x00"
"""Before every message: little-endian CDR, no options. Alignment counts from its end."""


def encode(struct: Struct, values: Mapping[str, Any]) -> bytes:
    """A message as bytes.

    Args:
        struct: its type.
        values: by field; of a struct a mapping, of a sequence or array of numbers what NumPy makes an array of.
    """
    body = bytearray()
    _write(body, struct, values)
    return HEADER + bytes(body)


def _write(body: bytearray, kind: Kind, value: Any) -> None:
    if isinstance(kind, Struct):
        for name, field in kind.fields.items():
            _write(body, field, value[name])
    elif isinstance(kind, Array | Sequence):
        if isinstance(kind, Sequence):
            _write(body, "uint32", len(value))
        if isinstance(kind.item, str) and kind.item in SIZES:
            _write_numbers(body, kind.item, value)
            return
        for item in value:
            _write(body, kind.item, item)
    elif kind == STRING:
        text = value.encode() + b"\0"
        _write(body, "uint32", len(text))
        body += text
    else:
        _write_numbers(body, kind, value)


def _write_numbers(body: bytearray, kind: str, value: Any) -> None:
    numbers = np.asarray(value, dtype=kind)
    if numbers.size:
        body += bytes(-len(body) % SIZES[kind]) + numbers.tobytes()


def decode(struct: Struct, data: bytes) -> dict[str, Any]:
    """The fields of a message.

    Args:
        struct: its type.
        data: its bytes, with the header.

    Returns:
        By name: dicts for structs, lists for several structs or texts, arrays for several numbers.

    Raises:
        ValueError: the bytes end before the message does, or are of another encoding.
    """
    if data[:2] != HEADER[:2]:
        raise ValueError(f"encoding {data[:2].hex()}, not little-endian CDR")
    return _Reader(data[len(HEADER) :]).read(struct)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, kind: Kind) -> Any:
        if isinstance(kind, Struct):
            return {name: self.read(field) for name, field in kind.fields.items()}
        if isinstance(kind, Array | Sequence):
            length = kind.length if isinstance(kind, Array) else self.read("uint32")
            if isinstance(kind.item, str) and kind.item in SIZES:
                return self._numbers(kind.item, length)
            return [self.read(kind.item) for _ in range(length)]
        if kind == STRING:
            return self._numbers("uint8", self.read("uint32")).tobytes().rstrip(b"\0").decode()
        return self._numbers(kind, 1)[0].item()

    def _numbers(self, kind: str, count: int) -> np.ndarray:
        if not count:
            return np.zeros(0, dtype=kind)
        self._at += -self._at % SIZES[kind]
        end = self._at + count * SIZES[kind]
        if end > len(self._data):
            raise ValueError(f"{len(self._data)} bytes, at least {end} are needed")
        numbers = np.frombuffer(self._data[self._at : end], dtype=kind)
        self._at = end
        return numbers
