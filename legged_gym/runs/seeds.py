"""Several trainings of one kind that differ in their seed: a process each, one a GPU, or one after another."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO

from legged_gym.utils import bound_process
from legged_gym.utils.errors import UserError
from rsl_rl.utils.signals import stop_on_signals

POLL = 0.2
"""Between two looks at the processes, s."""

logger = logging.getLogger(__name__)


class Trainings:
    """Runs the commands of several seeds.

    The first SIGINT, SIGTERM or SIGHUP goes on to the trainings that run, which save and end, and no other begins; a
    second one ends all at once. One that fails does not keep the others from running. None outlives this process.
    """

    def __init__(self, commands: Mapping[int, Sequence[str]], gpus: Sequence[str | None]) -> None:
        """Prepare.

        Args:
            commands: of each seed, in the order of their turn.
            gpus: what `CUDA_VISIBLE_DEVICES` is to be for the trainings at the same time, one for each; None: as here.
        """
        self._waiting = dict(commands)
        self._free = list(gpus)
        self._shares_console = len(gpus) == 1
        self._running: dict[int, tuple[subprocess.Popen[str], str | None, threading.Thread | None]] = {}
        self.statuses: dict[int, int] = {}
        """Exit status of each seed's training that has ended."""
        self.stopped_by: int | None = None
        """Number of the signal that stopped them, if one did."""

    def run(self) -> None:
        """Run all of them to their end."""
        try:
            with stop_on_signals(self._stop):
                while self._running or (self._waiting and self.stopped_by is None):
                    while self._free and self._waiting and self.stopped_by is None:
                        self._start(next(iter(self._waiting)), self._free.pop(0))
                    time.sleep(POLL)
                    self._collect()
        finally:
            for process, _, _ in self._running.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _stop(self, number: int) -> None:
        self.stopped_by = number
        for process, _, _ in self._running.values():
            process.send_signal(number)

    def _start(self, seed: int, gpu: str | None) -> None:
        command = [sys.executable, "-m", bound_process.__name__, str(os.getpid()), *self._waiting.pop(seed)]
        logger.info("seed %d begins%s", seed, "" if gpu is None else f" on GPU {gpu}")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=None if self._shares_console else subprocess.PIPE,
            stderr=None if self._shares_console else subprocess.STDOUT,
            text=True,
            env=os.environ | ({} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu}),
            start_new_session=True,  # a Ctrl-C of the terminal comes here alone, and goes on once
        )
        echo = None
        if process.stdout is not None:
            echo = threading.Thread(target=_echo, args=(seed, process.stdout), daemon=True)
            echo.start()
        self._running[seed] = process, gpu, echo

    def _collect(self) -> None:
        for seed, (process, gpu, echo) in list(self._running.items()):
            status = process.poll()
            if status is None:
                continue
            if echo is not None:
                echo.join()
            del self._running[seed]
            self._free.append(gpu)
            self.statuses[seed] = status if status >= 0 else 128 - status
            if self.statuses[seed] == 0:
                logger.info("seed %d is done", seed)
            elif self.stopped_by is None:
                logger.error("seed %d failed with status %d", seed, self.statuses[seed])


def _echo(seed: int, output: IO[str]) -> None:
    """Pass on what a training prints, each line with its seed; a console that is gone is no reason to end it."""
    for line in output:
        with contextlib.suppress(OSError):
            print(f"seed {seed}: {line}", end="", flush=True)


def visible_gpus(count: int) -> list[str]:
    """What `CUDA_VISIBLE_DEVICES` has to be for each of the GPUs that this process sees, `count` of them."""
    names = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return names[:count] if names else [str(number) for number in range(count)]


def check_gpus(names: Sequence[str]) -> None:
    """See that there are these GPUs: with one that is not there, a training would go to the CPU and say nothing.

    Raises:
        UserError: there is none of a name.
    """
    import torch  # slow to import

    visible = visible_gpus(torch.cuda.device_count())
    for name in names:
        if name not in visible:
            raise UserError(f"--gpus: there is no GPU {name} here; torch sees {', '.join(visible) or 'none'}")
