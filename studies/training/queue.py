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
    queue = _Queue([point for point in points if not result_file(folder, point).exists()], slots, folder, until)
    with stop_on_signals(queue.stop):
        queue.run()
    if queue.stopped_by is not None:
        raise StoppedError(queue.stopped_by)
    return queue.failed


class _Queue:
    """The trainings that wait and those that run."""

    def __init__(self, points: Sequence[Point], slots: Sequence[Slot], folder: Path, until: float | None) -> None:
        self._waiting, self._free = list(points), list(slots)
        self._folder, self._until = folder, until
        self._running: dict[subprocess.Popen, tuple[Point, Slot]] = {}
        self._told: set[subprocess.Popen] = set()
        self.failed: list[Point] = []
        self.stopped_by: int | None = None
        """Number of the signal that stopped it, if one did."""

    def stop(self, number: int) -> None:
        """Begin no other, and let the next look pass the signal on."""
        self.stopped_by = number

    def run(self) -> None:
        """Until none runs and none may begin."""
        self._fill()
        while self._running:
            if self.stopped_by is not None:
                self._pass_on(self.stopped_by)
            time.sleep(POLL)
            self._collect()
            self._fill()

    def _fill(self) -> None:
        """Begin what waits, while slots are free."""
        while self._waiting and self._free and self._may_begin():
            point, slot = self._waiting.pop(0), self._free.pop(0)
            self._running[_begin(point, slot, self._folder)] = point, slot

    def _may_begin(self) -> bool:
        return self.stopped_by is None and (self._until is None or time.monotonic() < self._until)

    def _pass_on(self, number: int) -> None:
        """Tell those that run of a signal, once."""
        for process in self._running.keys() - self._told:
            process.send_signal(number)
            self._told.add(process)

    def _collect(self) -> None:
        """Take note of those that have ended."""
        for process in [process for process in self._running if process.poll() is not None]:
            point, slot = self._running.pop(process)
            self._free.append(slot)
            outcome = "done" if process.returncode == 0 else "failed" if self.stopped_by is None else "stopped"
            logger.info("%s: %s", point.name, outcome)
            if process.returncode != 0:
                self.failed.append(point)


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
