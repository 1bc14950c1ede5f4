"""How wrong the height map that a robot builds can be: plain numbers, for training, evaluation and sim2sim alike.

They are Miki et al. 2022's (supplement S4), for a robot of ANYmal's size; `scaled` makes them those of another size.
"""

from typing import Annotated, Any, NamedTuple

from legged_gym.config.fields import Entries, Length, Rule, Share
from legged_gym.config.quantities import Extent


class MapNoiseParameters(NamedTuple):
    """The parameters z of a map's noise: standard deviations, m, but for the probability of an outlier."""

    point_xy: float
    """Error of where a single sample is read, new at every step."""
    point_z: float
    """Error of what a single sample says, new at every step."""
    foot_xy: float
    """Error of where all samples of a foot are read, new at every step."""
    foot_z: float
    """Error of what all samples of a foot say, new at every step."""
    outlier_size: float
    """Error of what an outlier says."""
    outlier_probability: float
    """Probability that a sample is an outlier at a step."""
    episode_xy: float
    """Error of where all samples of a foot are read, for a whole episode."""
    episode_z: float
    """Error of what all samples of a foot say, for a whole episode."""

    def scaled(self, factor: float) -> "MapNoiseParameters":
        """For a robot of another size: every length multiplied by a factor."""
        lengths = MapNoiseParameters(*(factor * value for value in self))
        return lengths._replace(outlier_probability=self.outlier_probability)


NO_NOISE = MapNoiseParameters(*(0.0,) * 8)
"""A perfect map."""

NOMINAL = MapNoiseParameters(0.004, 0.005, 0.01, 0.04, 0.03, 0.05, 0.1, 0.1)
OFFSET = MapNoiseParameters(0.004, 0.005, 0.01, 0.1, 0.1, 0.02, 0.1, 0.1)
NOISY = MapNoiseParameters(0.004, 0.1, 0.1, 0.3, 0.3, 0.3, 0.1, 0.1)
"""Training's three conditions, of which a student meets `NOMINAL` most often and `NOISY` most seldom."""

SMALL = MapNoiseParameters(0.004, 0.005, 0.04, 0.04, 0.04, 0.01, 0.1, 0.1)
LARGE = MapNoiseParameters(0.004, 0.3, 0.2, 0.1, 0.1, 0.03, 0.1, 0.1)
"""Evaluation's two conditions."""


class OutlierShare(Rule):
    """`MapNoiseParameters` whose probability of an outlier is one."""

    def holds(self, value: Any) -> bool:
        return MapNoiseParameters(*value).outlier_probability <= 1.0

    def __str__(self) -> str:
        return ", the sixth a probability"


class OneInAll(Rule):
    """Tables whose probabilities sum to 1."""

    def holds(self, value: Any) -> bool:
        return abs(sum(entry["probability"] for entry in value.values()) - 1.0) <= 1.0e-6

    def __str__(self) -> str:
        return ", with probabilities that sum to 1"


Parameters = Annotated[list[Extent], Length(8), OutlierShare()]
Condition = Annotated[dict, Entries(probability=Share, z=Parameters)]
"""Probability of a condition, and its `MapNoiseParameters`."""
Conditions = Annotated[dict[str, Condition], OneInAll()]
"""Conditions by name."""
