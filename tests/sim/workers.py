"""Workers of the isaacgym engine whose Isaac Gym is this repository's module of that name."""

import sys
from pathlib import Path
from typing import Any

from legged_gym.sim.isaacgym.worker_process import WorkerProcess
from tests.pythonpath import elsewhere

ROOT = Path(__file__).parents[2]


def interpreter(folder: Path, isaacgym: Path = ROOT, python: str = sys.executable, name: str = "python") -> Path:
    """A program that is a Python with the `isaacgym` of some folder; a worker inherits no PYTHONPATH."""
    path = folder / name
    path.write_text(f'#!/bin/sh\nPYTHONPATH="{elsewhere(isaacgym)}" exec "{python}" "$@"\n')
    path.chmod(0o755)
    return path


class Pool:
    """Workers that go on when their simulator is closed: to load torch and isaacgym takes seconds."""

    def __init__(self) -> None:
        self.idle: list[WorkerProcess] = []

    def lend(self, python: str) -> Any:
        return Lent(self, self.idle.pop() if self.idle else WorkerProcess(python))

    def close(self) -> None:
        for worker in self.idle:
            worker.close()


class Lent:
    """A worker until it is closed."""

    def __init__(self, pool: Pool, worker: WorkerProcess) -> None:
        self._pool, self._worker = pool, worker
        self.ask = worker.ask

    def close(self) -> None:
        self._pool.idle.append(self._worker)
