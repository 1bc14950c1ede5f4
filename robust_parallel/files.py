"""Files that are written whole or not at all."""

import contextlib
import io
import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

_TEMPORARY = re.compile(r"\..+\.(?P<host>[^.]+)\.(?P<process>\d+)\.tmp")
_OLD = 86400.0
"""Age after which a temporary file is nobody's, s, wherever the process may have run that wrote it."""


def in_memory(save: Callable[[BinaryIO], object]) -> bytes:
    """Return what a function writes: PyTorch's own writers end the process, or print stacks, where a disk is full."""
    buffer = io.BytesIO()
    save(buffer)
    return buffer.getvalue()


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file in place of what was there.

    The file appears under its name only when it is complete and on the disk; until then an older one stays.

    Args:
        path: Name of the file.
        content: What to write.

    Raises:
        OSError: It could not be written, because the disk is full, say. The message is one line that names the file.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{_host()}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of processes that were killed while they wrote into a folder, as far as that works."""
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = _TEMPORARY.fullmatch(path.name)
            if match and _is_left(path, match["host"], int(match["process"])):
                path.unlink()


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
