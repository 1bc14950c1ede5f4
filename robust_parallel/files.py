"""Files that are written whole or not at all."""

import contextlib
import errno
import fcntl
import io
import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_TEMPORARY = re.compile(r"\..+\.(?P<host>[^.]+)\.(?P<process>\d+)\.tmp(\.\w+)?")
_OLD = 86400.0
"""Age after which a temporary file is nobody's, s, wherever the process may have run that wrote it."""


def in_memory(save: Callable[[BinaryIO], object]) -> bytes:
    """Return what a function writes: PyTorch's own writers end the process, or print stacks, where a disk is full."""
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def read_bytes(path: str | Path) -> bytes:
    """Return what is in a file, or comes out of a pipe.

    Args:
        path: Its name.

    Raises:
        OSError: It cannot be read; or it is a device, such as /dev/zero, which may give bytes without an end.
    """
    if Path(path).is_char_device() and os.path.realpath(path) != os.devnull:
        raise OSError(errno.EINVAL, "it is a device", str(path))
    return Path(path).read_bytes()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file in place of what was there.

    The file appears under its name only when it is complete and on the disk; until then an older one stays. A link
    stays, too, and what it points to is replaced; a device or a pipe is written to.

    Args:
        path: Name of the file.
        content: What to write.

    Raises:
        OSError: It could not be written, because the disk is full, say. The message is one line that names the file.
    """
    path = Path(path)
    target = path.resolve()
    temporary = temporary_of(target)
    try:
        if is_stream(path):
            with open(path, "ab") as file:  # what was printed into a file stays there
                file.write(content)
            return
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def temporary_of(path: Path, ending: str = "") -> Path:
    """The name of a file until it is complete, in the same folder; `remove_leftovers` knows it.

    Args:
        path: Its name then.
        ending: For writers that look at it, such as `.mp4`.
    """
    return path.with_name(f".{path.name}.{_host()}.{os.getpid()}.tmp{ending}")


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote into a folder, as far as that works."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _TEMPORARY.fullmatch(path.name)
            if match and _is_left(path, match["host"], int(match["process"])):
                path.unlink()


def hold(path: Path) -> BinaryIO | None:
    """Make a file that nobody else can hold while it is open: until it is closed, or the process ends, in any way.

    Returns:
        The file; None on a file system that holds none.

    Raises:
        BlockingIOError: somebody else holds it.
        OSError: it cannot be made.
    """
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    except OSError:
        file.close()
        return None
    return file


def is_stream(path: Path) -> bool:
    """Whether a name is that of a device, a pipe or an open file, such as /dev/stdout, of which there is no other."""
    return path.absolute().parent == Path("/dev") or (path.exists() and not path.is_file() and not path.is_dir())


def _is_left(path: Path, host: str, process: int) -> bool:
    return time.time() - path.stat().st_mtime > _OLD or (host == _host() and not _is_running(process))


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _host() -> str:
    return socket.gethostname().partition(".")[0] or "localhost"
