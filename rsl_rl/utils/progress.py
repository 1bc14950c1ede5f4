"""How far training is, told on the console."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from datetime import timedelta
from statistics import median
from typing import TextIO

from robust_parallel.console import show

STEPS_PER_SECOND = "Perf/total_fps"
"""Tag of the environment steps each second."""

Clock = Callable[[], float]


class Eta:
    """Estimates the time left from whole iterations, with the checkpoints and videos that came between them.

    The first iterations, which compile and capture, do not count. An ordinary iteration takes the median of recent
    ones; what all of them took beyond that, on average, comes on top: the share of what happens only now and then.
    """

    SKIPPED = 2
    """Iterations at the start that do not count."""

    NEEDED = 3
    """Iterations that have to be known."""

    RECENT = 30
    """Iterations of the median."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """Start the first iteration.

        Args:
            clock: Tells the time in s.
        """
        self._clock = clock
        self._last = clock()
        self._count = -self.SKIPPED
        self._recent: deque[float] = deque(maxlen=self.RECENT)
        self._surplus = 0.0

    def end_iteration(self) -> None:
        """Note the end of an iteration, at the same point of each."""
        now = self._clock()
        duration, self._last = now - self._last, now
        self._count += 1
        if self._count > 0:
            self._recent.append(duration)
            self._surplus += duration - median(self._recent)

    def seconds(self, iterations_left: int) -> float | None:
        """Return the estimated time from now until that many iterations have followed the last one; None if unknown."""
        if iterations_left == 0:
            return 0.0
        if self._count < self.NEEDED:
            return None
        each = median(self._recent) + self._surplus / self._count
        return max(iterations_left * each - min(self._clock() - self._last, each), 0.0)


class Progress(ABC):
    """Shows iterations, times and scalars of a training, or how far something else is."""

    good_at: int | None = None
    """Iteration at which such a training is known to be good; None: not known."""

    def __init__(
        self,
        console: TextIO,
        iteration: int,
        last_iteration: int,
        clock: Clock = time.monotonic,
        what: str = "iteration",
    ) -> None:
        """Begin.

        Args:
            console: Where to show.
            iteration: Number of iterations already done.
            last_iteration: The iteration at which training will end.
            clock: Tells the time in s.
            what: What is counted.
        """
        self._console = console
        self._what = what
        self._first, self._iteration, self._last = iteration, iteration, last_iteration
        self._scalars: Mapping[str, float] = {}
        self._clock = clock
        self._start = clock()
        self._eta = Eta(clock)

    def update(self, scalars: Mapping[str, float], iteration: int) -> None:
        """Take the results of an iteration.

        Args:
            scalars: Values by tag, as "Group/name".
            iteration: Number of iterations done.
        """
        self._eta.end_iteration()
        self._scalars, self._iteration = scalars, iteration
        self._show()

    def count(self) -> None:
        """Take note that one more is done, where there are no results."""
        self.update({}, self._iteration + 1)

    @abstractmethod
    def _show(self) -> None:
        """Show what is new, if it is time to."""

    @abstractmethod
    def close(self) -> None:
        """Show the last iteration, and leave the console."""

    def _times(self) -> list[str]:
        """Return the time elapsed, the time left and the speed as texts."""
        left = self._eta.seconds(self._last - self._iteration)
        texts = [
            f"{_duration(self._clock() - self._start)} elapsed",
            f"{'--' if left is None else _duration(left)} left",
        ]
        if self.good_at is not None and self._iteration < self.good_at:
            then = self._eta.seconds(self.good_at - self._iteration)
            texts.append(f"good at {self.good_at}" + ("" if then is None else f" in {_duration(then)}"))
        if STEPS_PER_SECOND in self._scalars:
            texts.append(f"{self._scalars[STEPS_PER_SECOND]:,.0f} steps/s")
        return texts


class LineProgress(Progress):
    """A line every now and then, for files and pipes."""

    INTERVAL = 10.0
    """Least time between two lines, s."""

    HIGHLIGHTS = ("Train/", "Episode/terrain_level", "Loss/")
    """Tags, and groups of tags, that are shown, in this order."""

    LEFT_OUT = ("surrogate", "entropy_coef", "learning_rate", "skipped_updates")
    """Of these groups what is always about zero, follows a schedule, or is told where it happens."""

    _shown: tuple[int, float] | None = None

    def _show(self) -> None:
        if self._shown is None or self._clock() - self._shown[1] >= self.INTERVAL:
            self._print()

    def close(self) -> None:
        if self._iteration > self._first and (self._shown is None or self._shown[0] < self._iteration):
            self._print()

    def _print(self) -> None:
        self._shown = self._iteration, self._clock()
        named = [(*tag.partition("/"), value) for tag, value in self._scalars.items()]
        values = [
            f"{name} {value:.4g}"
            for highlight in self.HIGHLIGHTS
            for group, slash, name, value in named
            if highlight in (group + slash, group + slash + name) and name not in self.LEFT_OUT
        ]
        head = f"{self._what} {self._iteration}/{self._last}"
        show(", ".join([head, *self._times(), *values]), self._console)


class LateLineProgress(LineProgress):
    """The same of what is often done before there is a line: then there is none."""

    def _show(self) -> None:
        if self._clock() - self._start >= self.INTERVAL:
            super()._show()

    def close(self) -> None:
        if self._shown is not None:
            super().close()


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
