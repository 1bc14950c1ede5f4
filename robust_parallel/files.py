"""Files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path
from typing import Any

import torch


def write_whole(path: str | Path, content: Any) -> None:
    """Write an object by ``torch.save`` in place of what was there.

    The file appears under its name only when it is complete and on the disk; until then an older one stays.

    Args:
        path: Name of the file.
        content: What to write.

    Raises:
        OSError: It could not be written, because the disk is full, say. The message is one line that names the file.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:
        # PyTorch reports a failed write as a RuntimeError of several lines, out of an OSError that says why.
        cause = error.__context__ if isinstance(error.__context__, OSError) else error
        raise OSError(f"cannot write {path}: {str(cause).splitlines()[0]}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
