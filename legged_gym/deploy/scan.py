"""Height samples around the feet or the base, as the robot's map gives them."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from legged_gym.deploy.height_map import HeightMap
from legged_gym.deploy.map_noise import TRAINED, MapNoise


@dataclass(frozen=True)
class MapQuality:
    """How good the robot's map is."""

    noise: str = TRAINED
    """A condition's name, `none`, or `trained`."""
    latency: float = 0.0
    """Age of the samples that the policy sees, s."""
    missing: bool = False
    """There is no map: every sample is NaN."""


class Scan:
    """Samples the map around some centres, with noise and delay."""

    def __init__(
        self, ground: HeightMap, offsets: np.ndarray, noise: MapNoise | None, quality: MapQuality, control_dt: float
    ) -> None:
        """Set up.

        Args:
            ground: what the map shows.
            offsets: sample points around a centre in the yaw-aligned base frame [P, 2], m.
            noise: of the map; None: it is exact.
            quality: its latency, and whether there is a map.
            control_dt: time between two readings, s.
        """
        self._ground, self._offsets, self._noise, self._missing = ground, offsets, noise, quality.missing
        self._past: deque[np.ndarray] = deque(maxlen=1 + round(quality.latency / control_dt))
        self.samples = np.zeros((0, 3))
        """World positions of the samples that the policy sees [K, 3], m: for a picture."""

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness."""
        self._past.clear()
        if self._noise is not None:
            self._noise.begin(rng)

    def change_condition(self) -> None:
        """Draw the map's condition anew."""
        if self._noise is not None:
            self._noise.change()

    def read(self, centres: np.ndarray, heading: np.ndarray) -> np.ndarray:
        """Read the map.

        Args:
            centres: world positions [F, 3], m.
            heading: unit vector of the base's heading [2].

        Returns:
            Ground at the sample points relative to their centre [F, P], m. Before the latency has passed, the first
            reading.
        """
        (c, s), (x, y) = heading, self._offsets.T
        turned = np.stack((c * x - s * y, s * x + c * y), axis=-1)
        points = centres[:, None, :2] + turned
        xy, height = (0.0, 0.0) if self._noise is None else self._noise.draw()
        heights = self._ground.sample(points + xy) - centres[:, 2:] + height
        if self._missing:
            heights = np.full_like(heights, np.nan)
        self._past.append(heights)
        seen = self._past[0]
        self.samples = np.concatenate((points, (centres[:, 2:] + seen)[..., None]), axis=-1).reshape(-1, 3)
        return seen
