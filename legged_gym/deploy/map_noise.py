"""Noise of the height map that a robot builds: where its samples are read, and what they say.

For point p of foot f (Miki et al. 2022, supplement S4):

    horizontal offset = e_p + e_f + w_xy,    height offset = e_pz + e_fz + w_z + e_outlier

e is Gaussian and new at every step, per point or per foot; w is Gaussian, per foot, and new in each trial; e_outlier is
there with a probability. The parameters are standard deviations. In training the map may also be missing for a while.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.sensors.map_conditions import LARGE, NOISY, NOMINAL, OFFSET, SMALL, MapNoiseParameters
from legged_gym.utils.errors import UserError

LENGTH_SCALE = 0.6
"""Factor on the lengths of `CONDITIONS`, which are ANYmal's: ratio of leg lengths (Go2: 0.6)."""
NONE, TRAINED = "none", "trained"
"""A perfect map; a map as the policy was trained with."""


CONDITIONS = {
    "nominal": NOMINAL,
    "offset": OFFSET,
    "noisy": NOISY,
    "small": SMALL,
    "large": LARGE,
}
"""The paper's conditions of a map, lengths as for ANYmal: the first three for training, the others for evaluation."""


class MapNoise:
    """The noise of one robot's map, in conditions drawn from a mix."""

    def __init__(
        self,
        mix: Sequence[tuple[float, MapNoiseParameters]],
        num_feet: int,
        num_points: int,
        missing_probability: float = 0.0,
    ) -> None:
        """Lay out.

        Args:
            mix: probability and parameters of each condition.
            num_feet: F.
            num_points: samples around a foot P.
            missing_probability: that there is no map at all until a condition is drawn again.
        """
        self._probabilities, self._conditions = zip(*mix, strict=True)
        self._missing_probability = missing_probability
        self._shape = (num_feet, num_points)

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness: new offsets, a new condition."""
        self._rng = rng
        feet = self._shape[0]
        self._offset_xy, self._offset_z = rng.standard_normal((feet, 1, 2)), rng.standard_normal((feet, 1))
        self.change()

    def change(self) -> None:
        """Draw a new condition."""
        self.parameters = self._conditions[self._rng.choice(len(self._conditions), p=self._probabilities)]
        """Of the present condition."""
        self.missing = bool(self._rng.random() < self._missing_probability)
        """There is no map at present."""

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw the noise of one step.

        Returns:
            Horizontal offsets of the sampling points [F, P, 2] and offsets of the heights [F, P], m; without a map the
            latter are NaN.
        """
        z, (feet, points) = self.parameters, self._shape
        point, foot = self._rng.standard_normal((feet, points, 3)), self._rng.standard_normal((feet, 1, 3))
        xy = z.point_xy * point[..., :2] + z.foot_xy * foot[..., :2] + z.episode_xy * self._offset_xy
        height = z.point_z * point[..., 2] + z.foot_z * foot[..., 2] + z.episode_z * self._offset_z
        outlier = self._rng.random((feet, points)) < z.outlier_probability
        height += outlier * z.outlier_size * self._rng.standard_normal((feet, points))
        return xy, np.full_like(height, np.nan) if self.missing else height


def noise_of(name: str, training: dict[str, Any], num_feet: int, num_points: int) -> MapNoise | None:
    """The noise of a condition's name, of `trained`, or of `none`: None.

    Args:
        name: as above.
        training: the `map_noise` section of the policy's task; what `trained` is.
        num_feet: F.
        num_points: samples around a foot P.

    Raises:
        UserError: no such condition.
    """
    if name == NONE:
        return None
    if name == TRAINED:
        scale = training["length_scale"]
        conditions = training["conditions"].values()
        mix = [
            (condition["probability"], MapNoiseParameters(*condition["z"]).scaled(scale)) for condition in conditions
        ]
        return MapNoise(mix, num_feet, num_points, training["missing_probability"])
    if name not in CONDITIONS:
        known = (NONE, TRAINED, *CONDITIONS)
        raise UserError(f"unknown map noise {name!r}{nearest(name, known) or '; there are ' + ', '.join(known)}")
    return MapNoise([(1.0, CONDITIONS[name].scaled(LENGTH_SCALE))], num_feet, num_points)
