"""What the user of a viewer has set, and the pace of a program that is watched."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from legged_gym.viewing.web.messages import Event, Kind

_NAP = 0.01
"""Longest time without looking at what the user does, s."""


@dataclass
class Controls:
    """What the user has set. What is asked for once is taken back by who does it."""

    paused: bool = False
    steps: int = 0
    """Control steps to make while paused."""
    speed: float = 1.0
    """Times real time."""
    robot: int = 0
    """The robot that is looked at."""
    place: tuple[str, int] | None = None
    """Terrain type and level that were asked for."""
    velocity: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """vx, vy (m/s), yaw rate (rad/s)."""
    restarts: bool = False
    """A new episode was asked for."""
    checkpoint: str | None = None
    """The policy that was asked for."""
    ended: bool = False

    def take(self, event: Event) -> None:
        """Take up what was asked for; of a robot, nobody but its operator does."""
        kind, value = event
        if kind is Kind.STEP:
            self.steps += 1
        elif kind is Kind.RESTART:
            self.restarts = True
        elif kind is Kind.END:
            self.ended = True
        elif kind in _FIELDS:
            setattr(self, _FIELDS[kind], value)


_FIELDS = {
    Kind.PAUSE: "paused",
    Kind.SPEED: "speed",
    Kind.ROBOT: "robot",
    Kind.PLACE: "place",
    Kind.STEER: "velocity",
    Kind.CHECKPOINT: "checkpoint",
}


class Pace:
    """Holds a program to real time, or what the user wants instead; a slow machine does not catch up."""

    def __init__(self, dt: float) -> None:
        """Begin, with control steps of `dt` s."""
        self._dt = dt
        self._next = time.perf_counter()

    def wait(self, controls: Controls, attend: Callable[[], None]) -> None:
        """Wait until the next control step is due.

        Args:
            controls: the user's; changed by `attend`.
            attend: called every few milliseconds, and once at least.
        """
        attend()
        while controls.paused and not controls.steps and not controls.ended:
            time.sleep(_NAP)
            attend()
        controls.steps = max(controls.steps - 1, 0) if controls.paused else 0
        step = 0.0 if math.isinf(controls.speed) else self._dt / controls.speed
        self._next = max(self._next + step, time.perf_counter())
        while (left := self._next - time.perf_counter()) > 0.0:
            time.sleep(min(left, _NAP))
            attend()
