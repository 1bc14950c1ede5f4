"""Programs that a benchmark runs beside each other, each with cores or a GPU of its own."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from legged_gym.runs.processes import check_gpus
from legged_gym.utils import bound_process
from legged_gym.utils.errors import UserError
from robust_parallel.cores import cpu_of_each_core, shares

POLL = 0.1
"""Between two looks at the processes, s."""
LINES = 8
"""Of the log of one that ended, which are told."""


class Place(NamedTuple):
    """Where a process runs; None: wherever this one does."""

    gpu: str | None
    """`CUDA_VISIBLE_DEVICES`; empty for the CPU."""
    cores: Sequence[int] | None


def places(count: int, cores_each: int | None, gpus: Sequence[str] | None) -> list[Place]:
    """Where each of some processes runs: on so many physical cores, on a GPU of its own, or both.

    Raises:
        UserError: there are too few cores or GPUs.
    """
    cores: Sequence[Sequence[int] | None] = [None] * count
    if cores_each is not None:
        present = cpu_of_each_core()
        if cores_each * count > len(present):
            raise UserError(f"--cores_each {cores_each}: {count} processes, and {len(present)} cores that are free")
        cores = shares(present, cores_each)[:count]
    if gpus is None:
        return [Place(None if its is None else "", its) for its in cores]
    if count > len(gpus):
        raise UserError(f"--gpus: {count} processes, and {len(gpus)} GPUs are named")
    check_gpus(gpus)
    return [Place(gpu, its) for gpu, its in zip(gpus, cores, strict=False)]


class Children:
    """Processes that all have to run on; none outlives the `with` block."""

    def __init__(self, folder: Path) -> None:
        """Keep their logs in a folder."""
        self._folder = folder
        self._running: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def begin(self, name: str, command: Sequence[str], place: Place) -> None:
        """Begin a process."""
        variables = {} if place.gpu is None else {"CUDA_VISIBLE_DEVICES": place.gpu}
        with self._log(name).open("w") as log, _on_cores(place.cores):
            self._running[name] = bound_process.begin(command, variables, stdout=log, stderr=subprocess.STDOUT)

    def watch(self, seconds: float) -> Iterator[None]:
        """Come back again and again for so long.

        Raises:
            UserError: a process ended; tells what it said last.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, process in self._running.items():
                if (status := process.poll()) is not None:
                    said = self._log(name).read_text(errors="replace").splitlines()[-LINES:]
                    raise UserError(f"the {name} ended with status {status}: {' | '.join(said)}")
            yield
            time.sleep(POLL)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


@contextlib.contextmanager
def _on_cores(cores: Sequence[int] | None) -> Iterator[None]:
    """Let what begins in the `with` block run on these alone."""
    if cores is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
