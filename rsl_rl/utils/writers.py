"""Where scalars are written: TensorBoard's event files, and Weights & Biases beside them."""

import logging
import os
import socket
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from rsl_rl.utils.errors import LoggingError

logger = logging.getLogger(__name__)


class Writer(ABC):
    """A sink for named scalars."""

    @abstractmethod
    def write(self, scalars: Mapping[str, float], step: int) -> None:
        """Write the scalars of one iteration.

        Raises:
            OSError: The file cannot be written.
            LoggingError: The service that they go to has failed.
        """

    @abstractmethod
    def close(self) -> None:
        """Finish writing, also after a failure.

        Raises:
            OSError: What is left cannot be written.
            LoggingError: The service that it goes to has failed.
        """


WriterFactory = Callable[[Path, Mapping[str, Any]], Writer]
"""Opens a writer for a log folder and the configuration of its run."""


class TensorBoardWriter(Writer):
    """An event file in the log folder.

    Who logs writes it: the thread of TensorBoard's own writer tells of a full disk too late, and by a traceback.
    """

    def __init__(self, log_dir: Path, config: Mapping[str, Any]) -> None:
        """Open an event file.

        Args:
            log_dir: The log folder.
            config: Not written here.

        Raises:
            OSError: It cannot be written.
        """
        del config
        # Slow to import, and not needed without a log folder.
        from tensorboard.compat.proto.event_pb2 import Event  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
        from tensorboard.summary.writer.record_writer import RecordWriter

        self._event, self._summary = Event, Summary
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}.{os.getpid()}"
        self._file = (log_dir / name).open("xb")
        self._records = RecordWriter(self._file)
        self._add(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        values = [self._summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
        self._add(self._event(wall_time=time.time(), step=step, summary=self._summary(value=values)))

    def close(self) -> None:
        self._file.close()

    def _add(self, event: Any) -> None:
        self._records.write(event.SerializeToString())
        self._file.flush()


class WandbWriter(Writer):
    """A run of Weights & Biases, named after the log folder, which keeps its files there.

    The mode is that of the environment variable ``WANDB_MODE``. A server that cannot be reached or turns the account
    down costs a few seconds and a warning: the run goes on offline, to be uploaded later.
    """

    INIT_TIMEOUT = 30.0
    """How long the server may take to open a run, s."""

    def __init__(self, log_dir: Path, config: Mapping[str, Any], *, entity: str, project: str) -> None:
        """Start a run.

        Args:
            log_dir: The log folder.
            config: Written to the run.
            entity: User or team that the run belongs to.
            project: Project of theirs.

        Raises:
            LoggingError: The package is not installed, or nobody is logged in.
        """
        wandb = require_wandb()
        settings = wandb.Settings(init_timeout=self.INIT_TIMEOUT, console="off", silent=True, finish_timeout=60.0)
        about = {"entity": entity, "project": project, "name": log_dir.name, "dir": str(log_dir), "settings": settings}
        try:
            if wandb.setup().settings.mode == "online":
                require_answer(wandb.setup().settings.base_url)
            self._run = wandb.init(**about, config=dict(config))
        except (OSError, wandb.Error) as error:
            logger.warning("Weights & Biases goes on offline: %s", _first_line(error))
            self._run = wandb.init(**about, config=dict(config), mode="offline")
        self._error = wandb.Error
        offline = f"offline; upload it with: wandb sync {Path(self._run.dir).parent}"
        logger.info("Weights & Biases: %s", offline if self._run.offline else self._run.url or "disabled")

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        try:
            self._run.log(dict(scalars), step=step)
        except self._error as error:
            raise LoggingError(f"Weights & Biases: {_first_line(error)}") from error

    def close(self) -> None:
        try:
            self._run.finish()
        except self._error as error:
            raise LoggingError(f"Weights & Biases: {_first_line(error)}") from error


def require_wandb() -> ModuleType:
    """Return the package of Weights & Biases, if it can write: offline, or as somebody.

    Raises:
        LoggingError: It is not installed, or nobody is logged in. Never asks on the terminal.
    """
    try:
        import wandb
    except ImportError as error:
        raise LoggingError("Weights & Biases is not installed: pip install -e '.[wandb]'") from error
    try:
        settings = wandb.setup(settings=wandb.Settings(silent=True)).settings
        ready = settings.mode != "online" or wandb.login(prompt=False, verify=False)
    except (wandb.Error, ValueError) as error:  # of a variable WANDB_... that its settings do not take
        raise LoggingError(f"Weights & Biases: {' '.join(str(error).split())[:300]}") from error
    if not ready:
        raise LoggingError("Weights & Biases: not logged in; run `wandb login`, or set WANDB_MODE=offline")
    return wandb


def require_answer(url: str) -> None:
    """Ask a server for a sign of life, since the client waits for one much longer, or raise an OSError."""
    try:
        urllib.request.urlopen(url, timeout=5.0).close()
    except urllib.error.HTTPError:
        return  # it answers
    except OSError as error:
        raise OSError(f"no answer from {url}: {getattr(error, 'reason', error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
