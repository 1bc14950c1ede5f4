"""What a run tells while it trains."""

import contextlib
import io
import logging
import math
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from rsl_rl.utils.errors import LoggingError
from rsl_rl.utils.progress import LateLineProgress, LineProgress, Progress
from rsl_rl.utils.writers import TensorBoardWriter, Writer, WriterFactory

logger = logging.getLogger(__name__)

WRITING_FAILED = (OSError, LoggingError)
"""What a writer raises where it cannot write."""


class Logger:
    """Writes the scalars of each iteration to all writers, and shows the progress on the console."""

    def __init__(
        self,
        log_dir: str | Path | None,
        writers: Iterable[WriterFactory] = (TensorBoardWriter,),
        config: Mapping[str, Any] | None = None,
        console: TextIO | None = sys.stdout,
    ) -> None:
        """Open the log folder.

        Args:
            log_dir: Folder of the run, made if missing; None to write nothing to disk.
            writers: What to open in the folder; each writes the same.
            config: Configuration of the run, for writers that keep it.
            console: Where to show the progress; None for nowhere.

        Raises:
            LoggingError: The folder cannot be written to, or a writer cannot be used.
        """
        self._console = console
        self._progress: Progress | None = None
        self._writers: list[Writer] = []
        if log_dir is not None:
            require_writable(Path(log_dir))
            try:
                self._writers += [open_writer(Path(log_dir), config or {}) for open_writer in writers]
            except OSError as error:
                raise LoggingError(f"cannot write to the log folder {log_dir}: {error.strerror or error}") from error

    def start(self, iteration: int, last_iteration: int, good_at: int | None = None) -> None:
        """Begin to show the progress, until :meth:`close`.

        Args:
            iteration: Number of iterations already done.
            last_iteration: The iteration at which training will end.
            good_at: Iteration at which such a training is known to be good, if any is.
        """
        if self._console is not None:
            self._progress = make_progress(self._console, iteration, last_iteration)
            self._progress.good_at = good_at

    def log(self, scalars: Mapping[str, float], iteration: int) -> None:
        """Write the scalars of one iteration. Those which are not finite are left out.

        Args:
            scalars: Values by tag, as "Group/name".
            iteration: Number of iterations done.
        """
        scalars = {tag: value for tag, value in scalars.items() if math.isfinite(value)}
        if self._progress is not None:
            self._progress.update(scalars, iteration)
        for writer in list(self._writers):
            try:
                writer.write(scalars, iteration)
            except WRITING_FAILED as error:
                logger.warning("cannot write logs any more: %s", error)
                self._writers.remove(writer)
                with contextlib.suppress(*WRITING_FAILED):
                    writer.close()

    def close(self) -> None:
        """Finish showing and writing. A log whose end cannot be written is told of, and ends nothing."""
        if self._progress is not None:
            self._progress.close()
        for writer in self._writers:
            try:
                writer.close()
            except WRITING_FAILED as error:
                logger.warning("cannot write the end of the logs: %s", error)


def make_progress(
    console: TextIO | None, iteration: int, last_iteration: int, what: str = "iteration", late: bool = False
) -> Progress:
    """Return a display that is updated in place on a terminal, or lines elsewhere.

    Args:
        console: Where to show; None for nowhere, as of a process whose output was closed.
        iteration: Number of iterations already done.
        last_iteration: The iteration at which training will end.
        what: What is counted.
        late: Whether there are no lines of what is done soon.
    """
    if console is not None and console.isatty() and os.environ.get("TERM", "dumb") not in ("dumb", "unknown"):
        from rsl_rl.utils.live_progress import LiveProgress  # slow to import, and not needed without a terminal

        return LiveProgress(console, iteration, last_iteration, what=what)
    lines = LateLineProgress if late else LineProgress
    return lines(io.StringIO() if console is None else console, iteration, last_iteration, what=what)


def require_writable(log_dir: Path) -> None:
    """Make a folder if it is missing, and try to write to it.

    Raises:
        LoggingError: That is not possible.
    """
    try:
        log_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=log_dir) as file:
            file.write(b"\0")
    except OSError as error:
        raise LoggingError(f"cannot write to the log folder {log_dir}: {error.strerror or error}") from error
