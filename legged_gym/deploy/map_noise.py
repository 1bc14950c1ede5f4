"""Noise of the height map that a robot builds: where its samples are read, and what they say.

For point p of foot f (Miki et al. 2022, supplement S4):

    horizontal offset = e_p + e_f + w_xy,    height offset = e_pz + e_fz + w_z + e_outlier

e is Gaussian and new at every step, per point or per foot; w is Gaussian, per foot, and new in each trial; e_outlier is
there with a probability. The parameters are standard deviations.
"""

from typing import NamedTuple

import numpy as np

from legged_gym.utils.errors import UserError
from legged_gym.utils.suggest import nearest

LENGTH_SCALE = 0.6
"""Factor on the lengths below, which are ANYmal's: ratio of leg lengths (Go2: 0.6)."""
NONE, TRAINED = "none", "trained"
"""A perfect map; a map as the policy was trained with."""


class Parameters(NamedTuple):
    """Standard deviations, m, and the probability of an outlier."""

    point_xy: float
    point_z: float
    foot_xy: float
    foot_z: float
    outlier_size: float
    outlier_probability: float
    episode_xy: float
    episode_z: float


CONDITIONS = {
    "nominal": Parameters(0.004, 0.005, 0.01, 0.04, 0.03, 0.05, 0.1, 0.1),
    "offset": Parameters(0.004, 0.005, 0.01, 0.1, 0.1, 0.02, 0.1, 0.1),
    "noisy": Parameters(0.004, 0.1, 0.1, 0.3, 0.3, 0.3, 0.1, 0.1),
    "small": Parameters(0.004, 0.005, 0.04, 0.04, 0.04, 0.01, 0.1, 0.1),
    "large": Parameters(0.004, 0.3, 0.2, 0.1, 0.1, 0.03, 0.1, 0.1),
}
"""Conditions that a map can be in, lengths as for ANYmal: the first three are those of training, the others the paper's
for evaluation."""
TRAINING_MIX = {"nominal": 0.6, "offset": 0.3, "noisy": 0.1}
"""How often each is met in training."""


class MapNoise:
    """The noise of one robot's map in one condition, or in conditions drawn from a mix."""

    def __init__(self, mix: dict[str, float], num_feet: int, num_points: int) -> None:
        """Lay out.

        Args:
            mix: probability of each condition.
            num_feet: F.
            num_points: samples around a foot P.
        """
        self._mix = mix
        self._shape = (num_feet, num_points)

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness: new offsets, a new condition."""
        self._rng = rng
        feet = self._shape[0]
        self._offset_xy, self._offset_z = rng.standard_normal((feet, 1, 2)), rng.standard_normal((feet, 1))
        self.change()

    def change(self) -> None:
        """Draw a new condition."""
        name = self._rng.choice(list(self._mix), p=list(self._mix.values()))
        z = CONDITIONS[str(name)]
        lengths = {field: LENGTH_SCALE * getattr(z, field) for field in z._fields if field != "outlier_probability"}
        self.parameters = z._replace(**lengths)
        """Of the present condition, lengths as the robot's."""

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the noise of one step.

        Returns:
            Horizontal offsets of the sampling points [F, P, 2] and offsets of the heights [F, P], m.
        """
        z, (feet, points) = self.parameters, self._shape
        point, foot = self._rng.standard_normal((feet, points, 3)), self._rng.standard_normal((feet, 1, 3))
        xy = z.point_xy * point[..., :2] + z.foot_xy * foot[..., :2] + z.episode_xy * self._offset_xy
        height = z.point_z * point[..., 2] + z.foot_z * foot[..., 2] + z.episode_z * self._offset_z
        outlier = self._rng.random((feet, points)) < z.outlier_probability
        height += outlier * z.outlier_size * self._rng.standard_normal((feet, points))
        return xy, height


def noise_of(name: str, num_feet: int, num_points: int) -> MapNoise | None:
    """The noise of a condition's name, of `trained`, or of `none`: None.

    Raises:
        UserError: no such condition.
    """
    if name == NONE:
        return None
    if name != TRAINED and name not in CONDITIONS:
        known = (NONE, TRAINED, *CONDITIONS)
        raise UserError(f"unknown map noise {name!r}{nearest(name, known) or '; there are ' + ', '.join(known)}")
    return MapNoise(TRAINING_MIX if name == TRAINED else {name: 1.0}, num_feet, num_points)
