"""What a run tells while it trains."""

import logging
import math
import sys
import tempfile
import time
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

from rsl_rl.utils.errors import LoggingError
from rsl_rl.utils.registry import lookup
from rsl_rl.utils.writers import WRITERS, Writer

logger = logging.getLogger(__name__)


class Logger:
    """Writes the scalars of each iteration to the chosen writer, and a short table of them to the console."""

    def __init__(
        self,
        log_dir: str | Path | None,
        backend: str = "tensorboard",
        config: Mapping[str, Any] | None = None,
        console: TextIO | None = sys.stdout,
    ) -> None:
        """Open the log folder.

        Args:
            log_dir: Folder of the run, made if missing; None to write nothing to disk.
            backend: A key of ``rsl_rl.utils.writers.WRITERS``.
            config: Configuration of the run, for writers that keep it.
            console: Where to print the table; None for nowhere.

        Raises:
            LoggingError: The folder cannot be written to, or the backend is not installed.
        """
        self._console = console
        self._writer: Writer | None = None
        self._eta = Eta()
        if log_dir is not None:
            require_writable(Path(log_dir))
            self._writer = lookup("logger", backend, WRITERS)(Path(log_dir), config or {})

    def log(self, scalars: Mapping[str, float], iteration: int, last_iteration: int) -> None:
        """Write the scalars of one iteration. Those which are not finite are left out.

        Args:
            scalars: Values by tag, as "Group/name".
            iteration: Number of iterations done.
            last_iteration: The iteration at which training will end.
        """
        scalars = {tag: value for tag, value in scalars.items() if math.isfinite(value)}
        remaining = self._eta.update(last_iteration - iteration)
        if self._console is not None:
            print(_table(scalars, iteration, last_iteration, remaining), file=self._console, flush=True)
        if self._writer is not None:
            try:
                self._writer.write(scalars, iteration)
            except OSError as error:
                logger.warning("cannot write logs any more: %s", error)
                self._writer = None

    def close(self) -> None:
        """Finish writing."""
        if self._writer is not None:
            self._writer.close()


class Eta:
    """Estimates the time left from the duration of recent iterations."""

    def __init__(self, window: int = 30) -> None:
        """Start the clock.

        Args:
            window: Number of recent iterations to average over.
        """
        self._moments = deque([time.monotonic()], maxlen=window + 1)

    def update(self, iterations_left: int) -> float:
        """Note the end of an iteration and return the estimated time left in s."""
        self._moments.append(time.monotonic())
        return iterations_left * (self._moments[-1] - self._moments[0]) / (len(self._moments) - 1)


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


def _table(scalars: Mapping[str, float], iteration: int, last_iteration: int, remaining: float) -> str:
    """Return a compact table: a headline, then one line for each group of tags."""
    groups: dict[str, list[str]] = {}
    for tag, value in scalars.items():
        group, _, name = tag.partition("/")
        groups.setdefault(group, []).append(f"{name} {value:.4g}")
    eta = timedelta(seconds=round(remaining))
    lines = [f"iteration {iteration}/{last_iteration}, {eta} left"]
    for group, entries in groups.items():
        lines += _wrap(f"  {group:<9}", entries, width=118)
    return "\n".join(lines)


def _wrap(head: str, entries: list[str], width: int) -> list[str]:
    lines, line = [], head
    for entry in entries:
        if len(line) + len(entry) + 2 > width:
            lines.append(line)
            line = " " * len(head)
        line += f"  {entry}"
    return [*lines, line]
