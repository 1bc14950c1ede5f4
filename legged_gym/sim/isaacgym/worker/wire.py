"""Messages on a pipe: JSON in frames that begin with a mark and their length."""

import json
import os
import struct
from typing import Any, Dict, Optional

MARK = b"IGYM"
HEADER = struct.Struct("<4sI")
LARGEST = 1 << 24
"""Of a message, bytes; arrays go through shared memory."""


Message = Dict[str, Any]
"""What JSON knows, by its names."""


class WireError(Exception):
    """What came is no message."""


def pack(message: Message) -> bytes:
    """The frame of a message."""
    body = json.dumps(message).encode("utf-8")
    return HEADER.pack(MARK, len(body)) + body


def write(file: int, message: Message) -> None:
    """Write all of a message to a file descriptor."""
    frame = memoryview(pack(message))
    while frame:
        frame = frame[os.write(file, frame) :]


class Reader:
    """Puts the messages of a file descriptor together, of however small pieces they come in."""

    def __init__(self, file: int) -> None:
        """Read from a descriptor."""
        self._file, self._bytes = file, b""
        self.ended = False
        """Whether the other side has closed its end."""

    def fill(self) -> None:
        """Take what has come, waiting for it if there is nothing."""
        piece = os.read(self._file, 1 << 16)
        self.ended = not piece
        self._bytes += piece

    def message(self) -> Optional[Message]:
        """The next message, or None while it is not there as a whole.

        Raises:
            WireError: what has come is no message.
        """
        if len(self._bytes) < HEADER.size:
            self._check_mark(self._bytes[: len(MARK)])
            return None
        mark, length = HEADER.unpack_from(self._bytes)
        self._check_mark(mark)
        if length > LARGEST:
            raise WireError(f"a message of {length} bytes")
        end = HEADER.size + length
        if len(self._bytes) < end:
            return None
        body, self._bytes = self._bytes[HEADER.size : end], self._bytes[end:]
        try:
            message = json.loads(body.decode("utf-8"))
        except ValueError:
            raise WireError(f"{body[:40]!r}") from None
        if not isinstance(message, dict):
            raise WireError(f"{body[:40]!r}")
        return message

    def _check_mark(self, begin: bytes) -> None:
        if begin != MARK[: len(begin)]:
            raise WireError(f"{self._bytes[:40]!r}")
