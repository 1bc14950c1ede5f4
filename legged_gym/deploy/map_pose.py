"""How late the base's pose in its map is, and how wrong, as `envs/perceptive/map_pose.py` has it in training."""

import math
from typing import Any

import numpy as np

PERFECT: dict[str, Any] = {
    "latency_range": [0.0, 0.0],
    "period_range": [0.0, 0.0],
    "drift": [0.0, 0.0],
    "drift_time": 1.0,
}
"""Settings of a pose that is known at once and exactly."""


class MapPose:
    """The age of one robot's map, and the error of the pose that comes with it."""

    def __init__(self, settings: dict[str, Any], control_dt: float) -> None:
        """Set up.

        Args:
            settings: `latency_range`, `period_range`, `drift` and `drift_time` of a task's `map_noise` section.
            control_dt: control step, s.
        """
        self._latency_bounds = [bound / control_dt for bound in settings["latency_range"]]
        self._period_bounds = [bound / control_dt for bound in settings["period_range"]]
        self._deviation = np.array([settings["drift"][0], *settings["drift"]])
        self._keep = math.exp(-control_dt / settings["drift_time"])
        self.oldest = round(self._latency_bounds[1]) + max(round(self._period_bounds[1]), 1) - 1
        """Greatest age, control steps."""
        self._is_perfect = not (self.oldest or self._deviation.any())

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness, which a perfect pose does not touch."""
        self.age, self.error = 0, np.zeros(3)
        if self._is_perfect:
            return
        self._rng = rng
        self._youngest = round(rng.uniform(*self._latency_bounds))
        self._last = self._youngest + max(round(rng.uniform(*self._period_bounds)), 1) - 1
        self.error = self._deviation * rng.standard_normal(3)

    def advance(self) -> None:
        """Let a control step pass: sets `age`, control steps, and the `error` of the pose known then [3], m."""
        if self._is_perfect:
            return
        self.age = self._youngest if self.age + 1 > self._last else self.age + 1
        renewed = math.sqrt(1.0 - self._keep**2) * self._deviation * self._rng.standard_normal(3)
        self.error = self._keep * self.error + renewed
