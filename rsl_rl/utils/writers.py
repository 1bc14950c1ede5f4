"""Where scalars are written: TensorBoard, and Weights & Biases beside it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rsl_rl.utils.errors import LoggingError


class Writer(ABC):
    """A sink for named scalars."""

    @abstractmethod
    def write(self, scalars: Mapping[str, float], step: int) -> None:
        """Write the scalars of one iteration."""

    @abstractmethod
    def close(self) -> None:
        """Finish writing."""


class TensorBoardWriter(Writer):
    """Event files in the log folder."""

    def __init__(self, log_dir: Path, config: Mapping[str, Any]) -> None:
        """Open an event file.

        Args:
            log_dir: The log folder.
            config: Not written here.
        """
        del config
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and not needed without a log folder

        self._writer = SummaryWriter(str(log_dir), flush_secs=10)

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        for name, value in scalars.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()


class WandbWriter(Writer):
    """A run of Weights & Biases, named after the log folder."""

    def __init__(self, log_dir: Path, config: Mapping[str, Any]) -> None:
        """Start a run.

        Args:
            log_dir: The log folder; its parent names the project.
            config: Written to the run.

        Raises:
            LoggingError: The package is not installed.
        """
        try:
            import wandb  # pyright: ignore[reportMissingImports]  # optional
        except ImportError as error:
            raise LoggingError("logger is 'wandb', but wandb is not installed: pip install .[wandb]") from error
        self._run = wandb.init(project=log_dir.parent.name, name=log_dir.name, dir=str(log_dir), config=dict(config))

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        self._run.log(dict(scalars), step=step)

    def close(self) -> None:
        self._run.finish()


WRITERS: dict[str, Callable[[Path, Mapping[str, Any]], Writer]] = {
    "tensorboard": TensorBoardWriter,
    "wandb": WandbWriter,
}
"""The loggers a user can choose from."""
