"""Films of what happens, control step by control step, in real time."""

import logging
from pathlib import Path

import imageio
import numpy as np

from legged_gym.utils.outputs import video_file

MAX_FPS = 25.0

logger = logging.getLogger(__name__)


class Mp4:
    """A file with a frame of every so many control steps."""

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
        self._writer = imageio.get_writer(path, fps=fps, macro_block_size=1, ffmpeg_log_level="error")

    def wants_frame(self) -> bool:
        """Whether this control step is to be seen; called once in each."""
        self._steps += 1
        return (self._steps - 1) % self._stride == 0

    def add(self, frame: np.ndarray) -> None:
        """Append a frame [height, width, 3], even numbers of pixels.

        Raises:
            OSError: it cannot be written.
        """
        self._writer.append_data(frame)  # pyright: ignore[reportAttributeAccessIssue]

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
        logger.info("recorded %s", self._path)
