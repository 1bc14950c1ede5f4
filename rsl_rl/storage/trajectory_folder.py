"""A folder in which recorders and a trainer meet, on any machines that see it."""

import contextlib
import json
import logging
import os
import re
import socket
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from robust_parallel.files import hold, remove_leftovers, write_bytes
from rsl_rl.storage import trajectories
from rsl_rl.storage.sequence_storage import SequenceStorage
from rsl_rl.storage.trajectories import Trajectories
from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError, DamagedError, UnreadableError

logger = logging.getLogger(__name__)

SCHEMA_FILE = "schema.json"
STUDENT_FILE = "student.pt"
CLAIM_FILE = "trainer"
"""Held by the process that learns."""
DATA_SET_FILE = "data_set"
"""In a folder from which nothing is deleted."""
SET_ASIDE = "set_aside"
"""Folder of files that are no trajectories."""
_NAME = re.compile(r"(?P<iteration>\d{8})-(?P<collector>[\w.-]+)-(?P<number>\d{8})\.pt")


class TrajectoryFolder:
    """Files appear whole, under names that nobody else gives; who reads one that is bad sets it aside.

    Beside the trajectories there are their schema, which the first to come writes, and the newest student.
    """

    def __init__(self, path: str | Path, schema: Mapping[str, Any], make: bool = True) -> None:
        """Make the folder, or find it.

        Args:
            path: Of the folder.
            schema: That of all files, see :func:`trajectories.schema_of`.
            make: Whether to write; else it has to be there with a schema, and is only read.

        Raises:
            ConfigError: The folder is of another schema, is not there, or cannot be written.
        """
        self.path, self.schema = Path(path), schema
        self.num_bad = 0
        """Files that were set aside."""
        self.unreadable: set[str] = set()
        """Files that could not be read for a reason that may pass: to be tried again."""
        self._student_stamp: tuple[int, int] | None = None
        self._bad_stamp: tuple[int, int] | None = None
        self._claim: BinaryIO | None = None
        if not make and not os.path.isfile(self.path / SCHEMA_FILE):  # also of a name that no folder can have
            raise ConfigError(f"{path} is no folder of trajectories: it has no {SCHEMA_FILE}")
        with _using(self.path):
            if make:
                self.path.mkdir(parents=True, exist_ok=True)
                remove_leftovers(self.path)
                with tempfile.TemporaryFile(dir=self.path):  # empty: what is full now may have room again
                    pass
            self._agree_on_schema()

    def keep(self) -> None:
        """Let it be a data set from now on.

        Raises:
            ConfigError: It is a trainer's.
        """
        self.require_staying()
        with _using(self.path):
            (self.path / DATA_SET_FILE).touch()

    def require_staying(self) -> None:
        """See that no files are deleted here.

        Raises:
            ConfigError: It is a trainer's, who deletes what was learned from.
        """
        if (self.path / STUDENT_FILE).exists() or (self.path / CLAIM_FILE).exists():
            raise ConfigError(f"{self.path} is a trainer's folder, where files come and go: give the data set its own")

    def require_passing(self) -> None:
        """See that files may be deleted here.

        Raises:
            ConfigError: It is a data set.
        """
        if (self.path / DATA_SET_FILE).exists():
            raise ConfigError(f"{self.path} is a data set, which nobody deletes from: name another scan_dir")

    def claim(self) -> None:
        """Be the one who learns here and deletes what was learned from, until :meth:`release` or the process's end.

        Raises:
            ConfigError: There is one already, or it is a data set.
        """
        if self._claim is not None:
            return
        self.require_passing()
        try:
            with _using(self.path):
                self._claim = hold(self.path / CLAIM_FILE)
        except BlockingIOError:
            raise ConfigError(f"{self.path} has a trainer that runs already: give each a folder of its own") from None

    def release(self) -> None:
        """Let somebody else learn here."""
        if self._claim is not None:
            self._claim.close()
            self._claim = None

    def _agree_on_schema(self) -> None:
        file = self.path / SCHEMA_FILE
        with contextlib.suppress(FileNotFoundError):
            try:
                stored = json.loads(file.read_text())
                checkpoint.check_same(file, "schema", stored, json.loads(json.dumps(self.schema)))
            except CheckpointError as error:
                raise ConfigError(f"{error}; use another folder") from error
            except (ValueError, RecursionError) as error:
                raise ConfigError(f"{file} is no schema of trajectories: {error}") from error
            return
        write_bytes(file, json.dumps(self.schema).encode())

    def names(self) -> list[str]:
        """Return the names of all trajectories, those of the oldest students first."""
        with contextlib.suppress(OSError):
            return sorted(name for name in os.listdir(self.path) if _NAME.fullmatch(name))
        return []

    def read(self, name: str, set_aside: bool = True) -> Trajectories | None:
        """Return a file's content; None if it is gone, cannot be read now, or is bad.

        What is bad is counted, and set aside if asked to.
        """
        path = self.path / name
        was_unreadable = name in self.unreadable
        self.unreadable.discard(name)
        try:
            return trajectories.load(path, self.schema)
        except UnreadableError as error:
            self.unreadable.add(name)
            if not was_unreadable:
                logger.warning("%s; it is tried again", error)
            return None
        except CheckpointError as error:
            if not isinstance(error, DamagedError) and not os.path.lexists(path):
                return None
            self.num_bad += 1
            logger.warning("%s; it is left out", error)
        if set_aside:
            with contextlib.suppress(OSError):
                (self.path / SET_ASIDE).mkdir(exist_ok=True)
                os.replace(path, self.path / SET_ASIDE / name)
        return None

    def delete(self, name: str) -> None:
        """Remove a file, if it is there."""
        with contextlib.suppress(OSError):
            (self.path / name).unlink()

    def publish(self, student: Mapping[str, Any]) -> None:
        """Put a student in the place of the last one.

        Raises:
            CheckpointError: It could not be written.
        """
        checkpoint.save(self.path / STUDENT_FILE, student)

    def newest_student(self, keys: tuple[str, ...]) -> dict[str, Any] | None:
        """Return the student if it is another than at the last call; None if not, or if there is none to be read."""
        path = self.path / STUDENT_FILE
        try:
            status = path.stat()
        except OSError:  # there is none, or the folder is away for a moment
            return None
        stamp = status.st_mtime_ns, status.st_ino
        if stamp == self._student_stamp:
            return None
        try:
            student = checkpoint.load(path, required=keys)
        except CheckpointError as error:  # a file system that shows a new file late
            if stamp != self._bad_stamp:
                logger.warning("%s; going on with the last student", error)
            self._bad_stamp = stamp
            return None
        self._student_stamp = stamp
        return student


def iteration_of(name: str) -> int:
    """Return the iteration of the student that made trajectories of this name."""
    return int(name.partition("-")[0])


@contextlib.contextmanager
def _using(path: Path) -> Iterator[None]:
    """Tell in one line why a folder cannot be used; that somebody else holds it goes on as it is."""
    try:
        yield
    except BlockingIOError:
        raise
    except OSError as error:
        raise ConfigError(f"cannot use the folder {path}: {error.strerror or error}") from error


class Recorder:
    """Writes trajectories into a folder under an identity of its own."""

    def __init__(self, folder: TrajectoryFolder, quota: int | None = None) -> None:
        """Begin with number 0.

        Args:
            folder: The folder.
            quota: Bytes of this recorder's files that may lie there; older ones make room. None: all stay.
        """
        self._folder, self._quota = folder, quota
        self.identity = f"{socket.gethostname().partition('.')[0] or 'localhost'}-{uuid.uuid4().hex[:8]}"
        """Of this recorder: no other one, on any machine and at any time, has it."""
        self._number = 0
        self._sizes: dict[str, int] = {}

    def write(self, storage: SequenceStorage, iteration: int) -> str:
        """Write a rollout that a student of an iteration made, and return the name of the file.

        Raises:
            CheckpointError: It could not be written.
        """
        name = f"{iteration:08d}-{self.identity}-{self._number:08d}.pt"
        folder = self._folder
        size = trajectories.save(folder.path / name, storage, folder.schema, iteration, self.identity, self._number)
        self._number += 1
        self._sizes[name] = size
        self._make_room()
        return name

    def _make_room(self) -> None:
        if self._quota is None:
            return
        present = set(self._folder.names())
        self._sizes = {name: size for name, size in self._sizes.items() if name in present}
        while len(self._sizes) > 1 and sum(self._sizes.values()) > self._quota:
            oldest = next(iter(self._sizes))
            self._folder.delete(oldest)
            del self._sizes[oldest]
