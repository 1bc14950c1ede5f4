"""Messages of one length: as a C compiler lays them out in memory, and as they are sent.

The two differ in padding alone: CDR starts a struct without aligning it and ends it without padding. A table of where
each byte comes from turns one into the other at once, which a thread of 500 messages a second has time for.
"""

from collections.abc import Iterator

import numpy as np

from legged_gym.deploy.dds.cdr import HEADER
from legged_gym.deploy.dds.idl import SIZES, STRING, Array, Kind, Sequence, Struct


class Record:
    """A message type as a NumPy record."""

    def __init__(self, struct: Struct) -> None:
        """Lay out a type without texts and sequences."""
        self.dtype = np.dtype(_dtype(struct))
        """In memory."""
        places, at = [], 0
        for offset, size in _numbers(self.dtype):
            at += -at % size
            places.append((at, offset, size))
            at += size
        self._sent = np.concatenate([sent + np.arange(size) for sent, _, size in places])
        self._kept = np.concatenate([kept + np.arange(size) for _, kept, size in places])
        self._size = at

    def new(self) -> np.ndarray:
        """A message of zeros []."""
        return np.zeros((), dtype=self.dtype)

    def encode(self, record: np.ndarray) -> bytes:
        """A message as it is sent, with the header of CDR."""
        body = np.zeros(self._size, dtype=np.uint8)
        body[self._sent] = np.frombuffer(record.tobytes(), dtype=np.uint8)[self._kept]
        return HEADER + body.tobytes()

    def decode(self, data: bytes) -> np.ndarray:
        """A message that was sent.

        Raises:
            ValueError: it has another length or encoding.
        """
        if data[:2] != HEADER[:2] or not self._size <= len(data) - len(HEADER) < self._size + 4:
            raise ValueError(f"{len(data)} bytes, a message has {self._size + len(HEADER)}")
        memory = np.zeros(self.dtype.itemsize, dtype=np.uint8)
        memory[self._kept] = np.frombuffer(data, dtype=np.uint8, offset=len(HEADER))[self._sent]
        return memory.view(self.dtype).reshape(())


def _dtype(kind: Kind) -> np.dtype:
    if isinstance(kind, Struct):
        return np.dtype([(name, _dtype(field)) for name, field in kind.fields.items()], align=True)
    if isinstance(kind, Array):
        return np.dtype((_dtype(kind.item), (kind.length,)))
    if isinstance(kind, Sequence) or kind == STRING:
        raise TypeError(f"{kind} has no fixed length")
    assert kind in SIZES
    return np.dtype(kind)


def _numbers(dtype: np.dtype, start: int = 0) -> Iterator[tuple[int, int]]:
    """Offset and size of every number in a record, in order."""
    if dtype.subdtype is not None:
        item, (length,) = dtype.subdtype
        for index in range(length):
            yield from _numbers(item, start + index * item.itemsize)
    elif dtype.fields is not None:
        for item, offset, *_ in dtype.fields.values():
            yield from _numbers(item, start + offset)
    else:
        yield start, dtype.itemsize
