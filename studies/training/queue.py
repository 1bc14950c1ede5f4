"""The queue of a study's trainings: one process a GPU, or several on cores of their own; resumable."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from legged_gym.utils import bound_process
from legged_gym.utils.errors import StoppedError
from rsl_rl.utils.signals import stop_on_signals
from studies.training.point import Point

logger = logging.getLogger(__name__)

POLL = 0.5
"""Seconds between two looks at the running processes."""


@dataclass(frozen=True)
class Slot:
    """Where one training at a time runs."""

    gpu: str = ""
    """Index of the GPU; empty for the CPU."""
    cores: tuple[int, ...] = ()
    """CPUs it may use; empty for all."""

    def flags(self) -> list[str]:
        """Flags of the process."""
        return ["--cores", ",".join(map(str, self.cores))] if self.cores else []

    def environment(self) -> dict[str, str]:
        """Variables of the process."""
        return {**os.environ, "CUDA_VISIBLE_DEVICES": self.gpu}


def gpu_slots(gpus: Sequence[str]) -> list[Slot]:
    """A slot for each GPU."""
    return [Slot(gpu) for gpu in gpus]


def core_slots(cores: Sequence[int], each: int) -> list[Slot]:
    """As many slots as there are, of `each` cores; a remainder is left idle."""
    return [Slot(cores=tuple(cores[start : start + each])) for start in range(0, len(cores) - each + 1, each)]


def run(points: Sequence[Point], slots: Sequence[Slot], folder: Path, until: float | None = None) -> list[Point]:
    """Train every point that has no result yet, in their order, each to a JSON file in the folder.

    A SIGINT, SIGTERM or SIGHUP goes on to the trainings that run, and no other begins. None outlives this process.

    Args:
        points: the trainings.
        slots: where they run.
        folder: of the results; `NAME.log` is what a process printed.
        until: time (`time.monotonic`) from which on none is begun; None: no end.

    Returns:
        Those that failed: their log says why. What was not begun is none of them.

    Raises:
        StoppedError: a signal ended it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting = iter([point for point in points if not result_file(folder, point).exists()])
    free, failed = list(slots), []
    running: dict[subprocess.Popen, tuple[Point, Slot]] = {}
    stopped: list[int] = []
    told: set[subprocess.Popen] = set()

    def may_begin() -> bool:
        return bool(free) and not stopped and (until is None or time.monotonic() < until)

    with stop_on_signals(stopped.append):
        while True:
            while may_begin() and (point := next(waiting, None)) is not None:
                slot = free.pop(0)
                running[_begin(point, slot, folder)] = point, slot
            if not running:
                break
            for process in running.keys() - told if stopped else ():
                process.send_signal(stopped[0])
                told.add(process)
            time.sleep(POLL)
            for process in [process for process in running if process.poll() is not None]:
                point, slot = running.pop(process)
                free.append(slot)
                outcome = "done" if process.returncode == 0 else "stopped" if stopped else "failed"
                logger.info("%s: %s", point.name, outcome)
                if process.returncode != 0:
                    failed.append(point)
    if stopped:
        raise StoppedError(stopped[0])
    return failed


def result_file(folder: Path, point: Point) -> Path:
    """Where a point's result is."""
    return folder / f"{point.name}.json"


def _begin(point: Point, slot: Slot, folder: Path) -> subprocess.Popen:
    out = result_file(folder, point)
    measuring = [sys.executable, "-m", "studies.training.measure", "--point", point.to_json(), "--out", str(out)]
    command = [sys.executable, "-m", bound_process.__name__, str(os.getpid()), *measuring, *slot.flags()]
    with out.with_suffix(".log").open("w") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=slot.environment(),
            start_new_session=True,  # a Ctrl-C of the terminal comes here alone, and goes on once
        )
