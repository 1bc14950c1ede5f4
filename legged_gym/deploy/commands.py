"""Velocity commands of a trial."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from legged_gym.deploy.crossing import Ahead

RESAMPLING_TIME = 10.0
"""Time between new commands that are drawn, s."""
FORWARD_SPEED = (0.5, 1.0)
"""Command out of a tile, m/s: fast enough to leave the tile in any direction within a trial."""
AXES = ("lin_vel_x", "lin_vel_y", "ang_vel_yaw")
"""Ranges of a task's commands, in the order of a command's numbers."""


def beyond_training(command: Sequence[float], ranges: Mapping[str, Sequence[float]]) -> str | None:
    """What of a command no robot was given in training, in words; None if all of it was.

    Args:
        command: forward, sideways and yaw velocity, m/s and rad/s.
        ranges: of the trained commands, lower and upper, by `AXES`.
    """
    beyond = [
        f"{name} = {value:g} (trained: {ranges[name][0]:g} to {ranges[name][1]:g})"
        for name, value in zip(AXES, command, strict=True)
        if value and not ranges[name][0] <= value <= ranges[name][1]
    ]
    return f"--command is beyond what the policy was trained on: {', '.join(beyond)}" if beyond else None


class Commands:
    """Commands as evaluate.py gives them: straight ahead or along a way out of a tile, else from the task's ranges."""

    def __init__(
        self, settings: dict[str, Any], leaves_tile: bool, fixed: tuple[float, float, float] | None, dt: float
    ) -> None:
        """Set up.

        Args:
            settings: the `commands` section of the policy's task.
            leaves_tile: a trial is to leave its tile of a map.
            fixed: always this command (vx, vy, yaw rate); None: as evaluate.py.
            dt: control step, s.
        """
        self._settings, self._fixed = settings, fixed
        self._interval = round(RESAMPLING_TIME / dt)
        self._draws = fixed is None and not leaves_tile
        self.steers: bool = fixed is None and (settings["heading_command"] or leaves_tile)
        """Whether the yaw rate follows a heading."""

    def begin(self, rng: np.random.Generator, yaw: float) -> None:
        """Begin a trial of a robot that heads to `yaw`, rad."""
        self._rng = rng
        self._step = 0
        self._heading = yaw
        self._stands = False
        self._share = rng.random() if self._fixed is None else 0.0
        """Place of the forward speed within its range, 0 to 1."""
        ahead = _within(FORWARD_SPEED, self._share), 0.0, 0.0
        self._command = np.array(ahead if self._fixed is None else self._fixed)

    def advance(self, yaw: float, ahead: Ahead | None = None) -> np.ndarray:
        """Let a control step pass.

        Args:
            yaw: where the robot heads to, rad.
            ahead: what is asked of it on a way across; None: it is on none.

        Returns:
            The command [3], m/s, m/s, rad/s.
        """
        if self._draws and self._step % self._interval == 0:
            self._draw()
            if ahead is not None:
                self._share = self._rng.random()
        self._step += 1
        if ahead is not None:
            self._heading = ahead.heading
            self._command[:2] = _within(ahead.speeds, self._share), 0.0
            self._stands = False
        if self.steers and not self._stands:
            error = math.remainder(self._heading - yaw, math.tau)
            low, high = self._settings["ranges"]["ang_vel_yaw"]
            self._command[2] = min(max(self._settings["heading_stiffness"] * error, low), high)
        return self._command.copy()

    def _draw(self) -> None:
        ranges, rng = self._settings["ranges"], self._rng
        self._command = np.array([rng.uniform(*ranges[name]) for name in AXES])
        self._heading = rng.uniform(*ranges["heading"])
        self._stands = rng.random() < self._settings["standing_fraction"]
        if self._stands or np.linalg.norm(self._command[:2]) <= self._settings["min_norm"]:
            self._command[:2] = 0.0
        if self._stands or not is_moving(self._command, self._settings):
            self._command[:] = 0.0


def _within(ends: tuple[float, float], share: float) -> float:
    low, high = ends
    return low + share * (high - low)


def is_moving(command: np.ndarray, settings: dict[str, Any]) -> bool:
    """Whether a command [3] asks for motion: one of its velocities is beyond its own dead zone."""
    return bool((np.abs(command) > settings["dead_zone"]).any())
