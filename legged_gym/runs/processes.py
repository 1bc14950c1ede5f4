"""Processes that take turns: one a GPU, several on cores of their own, or one after another."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from legged_gym.runs.slots import Slot, Slots
from legged_gym.utils import bound_process
from legged_gym.utils.errors import UserError
from rsl_rl.utils.signals import stop_on_signals

POLL = 0.2
"""Between two looks at the processes, s."""
SOON = 60.0
"""A job that fails within so long may do so by its slot's fault, s; likewise one that does not come to its end."""
GRACE = 10.0
"""Until a job with a limit that was told to end is killed, s."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """What one process does."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    """File for what it prints; None: the console."""
    limit: float | None = None
    """Longest time until it is ended, which is a failure, s; None: it may take any, also for its end after a signal."""


class Queue:
    """The jobs that wait and those that run.

    The first SIGINT, SIGTERM or SIGHUP goes on to those that run, once, and no other begins; a second one ends all at
    once. One that fails does not keep the others from running: one that fails soon is tried once more in another slot,
    before all others, and a slot where jobs fail in a row is given up (`Slots`). None outlives this process. Where
    several run at the same time, each line on the console begins with the name of its job.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        slots: Sequence[Slot],
        until: float | None = None,
        has_begun: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare.

        Args:
            jobs: in the order of their turn.
            slots: where they run.
            until: time (`time.monotonic`) from which on none is begun; None: no end.
            has_begun: whether the first one does its work. Until then no other begins, and if it fails none does:
                they would fail alike.
        """
        self._has_begun = has_begun
        self._waiting, self._slots, self._until = list(jobs), Slots(slots), until
        self._is_alone = min(len(jobs), len(slots)) == 1
        self._running: list[_Process] = []
        self.statuses: dict[str, int] = {}
        """Exit status of each job that has ended, by name, of the last trial; 128 + N after signal N."""
        self.stopped_by: int | None = None
        """Number of the signal that stopped it, if one did."""

    def run(self) -> None:
        """Until none runs and none may begin."""
        try:
            with stop_on_signals(self._stop, "what runs after its iteration"):
                self._fill()
                while self._running:
                    time.sleep(POLL)
                    self._pass_on()
                    self._collect()
                    self._fill()
            not_begun = sum(job.name not in self.statuses for job in self._waiting)
            if not_begun and self._may_begin():
                logger.error("%d not begun: no slot is left in which jobs do not fail", not_begun)
        finally:
            for process in self._running:
                process.kill()

    def _stop(self, number: int) -> None:
        """Begin no other, and let the next look pass the signal on: now, one may be half begun."""
        self.stopped_by = number

    def _fill(self) -> None:
        """Begin what waits, while slots are free."""
        while self._may_begin() and self._slots.are_left and (found := self._next()) is not None:
            job, slot = found
            self._waiting.remove(job)
            self._running.append(_Process(job, slot, self._is_alone))

    def _next(self) -> tuple[Job, Slot] | None:
        """The first job that waits for which a slot is free."""
        return next(((job, slot) for job in self._waiting if (slot := self._slots.take(job.name)) is not None), None)

    def _may_begin(self) -> bool:
        if self._running and not self.statuses and not self._has_begun():
            return False
        return self.stopped_by is None and (self._until is None or time.monotonic() < self._until)

    def _pass_on(self) -> None:
        for process in self._running:
            if self.stopped_by is not None:
                process.tell(self.stopped_by)
            process.keep_to_limit()

    def _collect(self) -> None:
        """Take note of those that have ended."""
        for process in list(self._running):
            status = process.status()
            if status is not None:
                self._running.remove(process)
                if status != 0 and not self.statuses and not self._has_begun():
                    self._waiting.clear()
                    self._slots.done(process.slot)
                else:
                    self._give_back(process, status)
                self.statuses[process.job.name] = status
                self._report(process.job.name, status)

    def _give_back(self, process: "_Process", status: int) -> None:
        """Free a slot; what may have failed by its fault goes to another one."""
        job, slot = process.job, process.slot
        if status == 0 or self.stopped_by is not None or not process.ended_oddly():
            self._slots.done(slot)
        elif self._slots.failed(slot, job.name):
            self._waiting.insert(0, job)
            if job.log is not None:
                job.log.replace(job.log.with_suffix(".first.log"))

    def _report(self, name: str, status: int) -> None:
        if status == 0:
            logger.info("%s is done", name)
        elif self.stopped_by is None:
            logger.error("%s failed with status %d", name, status)
        else:
            logger.info("%s is stopped", name)


class _Process:
    """One that runs."""

    def __init__(self, job: Job, slot: Slot, is_alone: bool) -> None:
        self.job, self.slot = job, slot
        self._begun = time.monotonic()
        self._told: float | None = None
        self._is_overdue = False
        logger.info("%s begins%s", job.name, f" on GPU {slot.gpu}" if slot.gpu else "")
        console = None if is_alone else subprocess.PIPE
        with contextlib.nullcontext(console) if job.log is None else job.log.open("w") as output:
            self._process = bound_process.begin(
                [*job.command, *slot.flags],
                {} if slot.gpu is None else {"CUDA_VISIBLE_DEVICES": slot.gpu},
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
            )
        self._echo = threading.Thread(target=_echo, args=(job.name, self._process.stdout), daemon=True)
        self._echo.start()

    def tell(self, number: int) -> None:
        """Pass a signal on, once."""
        if self._told is None:
            self._process.send_signal(number)
            self._told = time.monotonic()

    def keep_to_limit(self) -> None:
        """End it where it takes longer than it may."""
        if self.job.limit is None:
            return
        now = time.monotonic()
        if self._told is None and now > self._begun + self.job.limit:
            logger.error("%s takes longer than %.0f s and is ended", self.job.name, self.job.limit)
            self._is_overdue = True
            self.tell(signal.SIGTERM)
        if self._told is not None and now > self._told + GRACE:
            self.kill()

    def ended_oddly(self) -> bool:
        """Whether it came to so little, or took so long, that a failure may be its slot's."""
        return self._is_overdue or time.monotonic() < self._begun + SOON

    def status(self) -> int | None:
        """Exit status, 128 + N after signal N; None while it runs or what it printed is not passed on."""
        status = self._process.poll()
        if status is None or self._echo.is_alive():
            return None
        return status if status >= 0 else 128 - status

    def kill(self) -> None:
        """End it with all that it began."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _echo(name: str, output: IO[str] | None) -> None:
    """Pass on what a process prints here, each line with its name; a console that is gone is no reason to end it."""
    for line in output or ():
        with contextlib.suppress(OSError):
            print(f"{name}: {line}", end="", flush=True)


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
