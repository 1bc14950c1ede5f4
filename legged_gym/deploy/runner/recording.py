"""Every message of a run in a file, with its time, and the policy's steps."""

import json
import logging
import queue
import struct
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.runner.policy_loop import Step
from legged_gym.deploy.runner.timing import clock
from legged_gym.utils.errors import UserError
from robust_parallel.files import read_bytes

logger = logging.getLogger(__name__)

_MAGIC = b"robot recording 2\n"
_ENTRY = struct.Struct("<dcHI")
"""Time, kind, length of the topic's name, length of the data."""
_CHECK = struct.Struct("<I")
"""After each entry: the CRC-32 of all entries so far, so that none can be changed, left out or moved."""
RECEIVED, SENT, STEP, _END = b"<", b">", b"=", b"."
"""Kinds of entries; the last one of a whole recording is its end."""


class Entry(NamedTuple):
    """A message, or a step of the policy."""

    time: float
    """s, on the clock of the computer that recorded it."""
    kind: bytes
    topic: str
    data: bytes


_MOST_WAITING = 100_000
"""Entries that wait to be written: a minute and a half of a run, 100 MB. A disk that is slower would fill memory."""


class Recorder:
    """Writes a recording in a thread of its own: no disk makes the drives wait."""

    def __init__(self, path: Path) -> None:
        """Begin a file.

        Raises:
            UserError: it cannot be written.
        """
        try:
            self._file: IO[bytes] = path.open("wb")
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from error
        self._path = path
        self.fault = ""
        """Why the recording ended too early; empty: it has not."""
        self._queue: queue.SimpleQueue[Entry] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="recorder")
        self._thread.start()

    def add(self, kind: bytes, topic: str, data: bytes) -> None:
        """Write an entry, of now."""
        if self._queue.qsize() >= _MOST_WAITING and not self.fault:
            self.fault = f"cannot write {self._path} as fast as messages come"
            logger.error("%s; nothing more is recorded", self.fault)
        if not self.fault:
            self._queue.put(Entry(clock(), kind, topic, data))

    def add_step(self, step: Step) -> None:
        """Write a step of the policy."""
        self.add(STEP, "", json.dumps(step._asdict(), default=np.ndarray.tolist).encode())

    def close(self) -> None:
        """Write what is left, and the end if nothing is missing."""
        self._queue.put(Entry(clock(), _END, "", b""))
        self._thread.join()

    def _write(self) -> None:
        try:
            self._write_all()
        except OSError as error:
            self.fault = f"cannot write {self._path}: {error.strerror}"
            logger.error("%s; nothing more is recorded", self.fault)

    def _write_all(self) -> None:
        with self._file as file:
            file.write(_MAGIC)
            entry, check = Entry(0.0, b"", "", b""), 0
            while entry.kind != _END:
                entry = self._queue.get()
                if entry.kind == _END and self.fault:
                    return
                topic = entry.topic.encode()
                data = _ENTRY.pack(entry.time, entry.kind, len(topic), len(entry.data)) + topic + entry.data
                check = zlib.crc32(data, check)
                file.write(data + _CHECK.pack(check))


class RecordedBus:
    """A bus whose messages are recorded."""

    def __init__(self, bus: Bus, recorder: Recorder) -> None:
        self._bus, self._recorder = bus, recorder

    def offer(self, topic: Topic) -> None:
        self._bus.offer(topic)

    def publish(self, topic: Topic, data: bytes) -> None:
        self._bus.publish(topic, data)
        self._recorder.add(SENT, topic.name, data)

    def take(self, topic: Topic) -> list[bytes]:
        messages = self._bus.take(topic)
        for data in messages:
            self._recorder.add(RECEIVED, topic.name, data)
        return messages

    def close(self) -> None:
        self._bus.close()


def read_recording(path: Path) -> Iterator[Entry]:
    """The entries of a file; one that was cut off ends with its last whole entry, and a warning.

    Raises:
        UserError: the file is missing, damaged, or no recording.
    """
    try:
        data = read_bytes(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    if not data.startswith(_MAGIC):
        raise UserError(f"{path} is no recording of run_robot.py, or one of an older version")
    at, check, kind = len(_MAGIC), 0, b""
    while at + _ENTRY.size <= len(data) and kind != _END:
        moment, kind, name, length = _ENTRY.unpack_from(data, at)
        begin, end = at + _ENTRY.size, at + _ENTRY.size + name + length
        if end + _CHECK.size > len(data):
            break
        check = zlib.crc32(data[at:end], check)
        if _CHECK.unpack_from(data, end) != (check,):
            raise UserError(f"{path} is damaged: the entry at byte {at} has another checksum")
        at = end + _CHECK.size
        if kind in (RECEIVED, SENT, STEP):
            yield Entry(moment, kind, data[begin : begin + name].decode(errors="replace"), data[begin + name : end])
    if kind != _END or at < len(data):
        logger.warning("%s was cut off or is damaged: from byte %d on there is no whole entry", path, at)
