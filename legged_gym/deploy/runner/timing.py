"""How punctual a loop is."""

import gc
import sys
import time
from collections.abc import Callable

import numpy as np

KEPT = 100_000
"""Turns that are remembered: over half an hour at 50 a second, 200 s at 500."""
SWITCH_INTERVAL = 5e-4
"""How long another thread may keep Python's interpreter to itself, s: a quarter of the command thread's period."""
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux alone has the first one


def clock() -> float:
    """Seconds that go on while this computer is suspended: a robot's last state is old when it wakes up.

    `time.monotonic` stops then, and a runner that wakes up would go on as if nothing had been.
    """
    return time.clock_gettime(_CLOCK)


class Jitter:
    """Lateness of a loop's turns."""

    def __init__(self) -> None:
        self._late = np.zeros(KEPT)
        self._count = 0

    def add(self, late: float) -> None:
        """A turn began so much after its time, s."""
        self._late[self._count % KEPT] = late
        self._count += 1

    def __str__(self) -> str:
        if not self._count:
            return "no turns"
        p50, p99, worst = 1e3 * np.percentile(self._late[: self._count], [50.0, 99.0, 100.0])
        return f"{self._count} turns, late by {p50:.2f} ms (p50), {p99:.2f} ms (p99), {worst:.2f} ms (most)"


def keep_pace(turn: Callable[[float], None], period: float, is_over: Callable[[], bool], jitter: Jitter) -> None:
    """Call `turn(now)` each `period` seconds until `is_over()`. A turn that is missed is left out, not made up for."""
    due = clock()
    while not is_over():
        time.sleep(max(due - clock(), 0.0))
        now = clock()
        late = now - due
        jitter.add(late)
        turn(now)
        due = due + period if late < period else now + period


def be_punctual() -> None:
    """Let no thread keep the interpreter for long, and search no garbage in what is loaded by now."""
    sys.setswitchinterval(SWITCH_INTERVAL)
    gc.collect()
    gc.freeze()
