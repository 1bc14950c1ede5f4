"""Films of what happens, control step by control step, in real time."""

import contextlib
import logging
import os
import shutil
import struct
from pathlib import Path

import imageio
import numpy as np

from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import video_file
from robust_parallel.files import remove_leftovers, temporary_of

MAX_FPS = 25.0

logger = logging.getLogger(__name__)


class Mp4:
    """A file with a frame of every so many control steps; it appears under its name when it is complete."""

    def __init__(self, path: Path, dt: float) -> None:
        """Open the file; its folder is made if there is none.

        Args:
            path: mp4 file to write.
            dt: control time step, s.

        Raises:
            UserError: it cannot be written.
        """
        self._path = video_file(path)
        self._stride = max(1, round(1.0 / (MAX_FPS * dt)))
        """Control steps between frames."""
        self._steps = 0
        fps = 1.0 / (self._stride * dt)
        self._failed = False
        self._part = temporary_of(self._path.resolve(), ".mp4")
        remove_leftovers(self._part.parent)  # of a program that was killed while it recorded here
        self._writer = imageio.get_writer(self._part, fps=fps, macro_block_size=1, ffmpeg_log_level="error")

    def wants_frame(self) -> bool:
        """Whether this control step is to be seen; called once in each."""
        self._steps += 1
        return (self._steps - 1) % self._stride == 0

    def add(self, frame: np.ndarray) -> None:
        """Append a frame [height, width, 3], even numbers of pixels.

        Raises:
            UserError: it cannot be written.
        """
        try:
            self._writer.append_data(frame)  # pyright: ignore[reportAttributeAccessIssue]
        except OSError as error:
            raise self._failure() from error

    def close(self) -> None:
        """Finish the file.

        Raises:
            UserError: it is not whole; ffmpeg itself says nothing of a full disk. It is removed.
        """
        if self._failed:
            return
        self._writer.close()
        if not _is_whole(self._part):
            raise self._failure()
        os.replace(self._part, self._path.resolve())
        logger.info("recorded %s", self._path)

    def _failure(self) -> UserError:
        """Give up the file, which is of no use; what to say of it."""
        self._failed = True
        with contextlib.suppress(OSError):
            self._writer.close()
        free = shutil.disk_usage(self._path.parent).free
        self._part.unlink(missing_ok=True)
        return UserError(f"cannot write the video {self._path}: ffmpeg failed ({free / 1e6:.1f} MB left on the disk)")


def _is_whole(path: Path) -> bool:
    """Whether an mp4 file has its index, and each of its boxes (ISO 14496-12) as far as it says."""
    kinds: list[bytes] = []
    with path.open("rb") as file:
        length = path.stat().st_size
        while (start := file.tell()) < length:
            size, kind = struct.unpack(">I4s", file.read(8).ljust(8, b"\0"))
            if size == 1:  # a 64-bit size follows
                (size,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
            if size < 8 or start + size > length:
                return False
            kinds.append(kind)
            file.seek(start + size)
    return b"moov" in kinds
