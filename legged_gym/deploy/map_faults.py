"""Faults of the height map that a robot builds: where its cells are read, and what they say.

Training disturbs the samples p around each foot f (Miki et al. 2022, supplement S4):

    horizontal offset = e_p + e_f + w_xy,    height offset = e_pz + e_fz + w_z + e_outlier

e is Gaussian and new at every step, per point or per foot; w is Gaussian, per foot, and new in each trial; e_outlier is
there with a probability. The parameters are standard deviations. Here the map itself is wrong in these ways, as a
robot's is: what belongs to a point is drawn for a cell, what belongs to a foot is a smooth field over the map that has
the foot's value near it. The map may also be missing for a while.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from legged_gym.config.suggest import nearest
from legged_gym.deploy.ground import Ground
from legged_gym.sensors.map_conditions import LARGE, NOISY, NOMINAL, OFFSET, SMALL, MapNoiseParameters
from legged_gym.utils.errors import UserError

LENGTH_SCALE = 0.6
"""Factor on the lengths of `CONDITIONS`, which are ANYmal's: ratio of leg lengths (Go2: 0.6)."""
FIELD_WIDTH = 1.0 / 3.0
"""Width of a foot's part in the field, over the smallest distance between two feet: at a foot the next one counts
exp(-4.5), a hundredth, as much as its own."""
NONE, TRAINED = "none", "trained"
"""A perfect map; a map as the policy was trained with."""

CONDITIONS = {"nominal": NOMINAL, "offset": OFFSET, "noisy": NOISY, "small": SMALL, "large": LARGE}
"""The paper's conditions of a map, lengths as for ANYmal: the first three for training, the others for evaluation."""


class MapFaults:
    """The faults of one robot's map, in conditions drawn from a mix."""

    def __init__(
        self,
        mix: Sequence[tuple[float, MapNoiseParameters]],
        nodes: np.ndarray,
        missing_probability: float = 0.0,
    ) -> None:
        """Lay out.

        Args:
            mix: probability and parameters of each condition.
            nodes: where the feet are, in the yaw-aligned base frame [F, 2], m; one node: the same all over the map.
            missing_probability: that there is no map at all until a condition is drawn again.
        """
        probabilities, self._conditions = zip(*mix, strict=True)
        self._probabilities = np.array(probabilities) / sum(probabilities)  # thirds of seven digits make up no whole
        self._missing_probability = missing_probability
        self._nodes = nodes
        gaps = np.linalg.norm(nodes[:, None] - nodes, axis=-1)
        self._width = FIELD_WIDTH * float(gaps[gaps > 0.0].min(initial=np.inf))

    def begin(self, rng: np.random.Generator) -> None:
        """Begin a trial with this source of randomness: new offsets, a new condition."""
        self._rng = rng
        self._episode = rng.standard_normal((len(self._nodes), 3))
        self.change()

    def change(self) -> None:
        """Draw a new condition."""
        self.parameters = self._conditions[self._rng.choice(len(self._conditions), p=self._probabilities)]
        """Parameters of the present condition."""
        self.missing = bool(self._rng.random() < self._missing_probability)
        """There is no map at present."""

    def read(self, ground: Ground, cells: np.ndarray, around: np.ndarray) -> np.ndarray:
        """What the cells say at one step.

        Args:
            ground: as it is.
            cells: world x and y [R, C, 2], m.
            around: the same points in the yaw-aligned base frame [R, C, 2], m.

        Returns:
            Heights [R, C], m; NaN without a map.
        """
        if self.missing:
            return np.full(cells.shape[:2], np.nan)
        z, rng, shape = self.parameters, self._rng, cells.shape[:2]
        foot, cell = rng.standard_normal((len(self._nodes), 3)), rng.standard_normal((*shape, 3))
        spread = np.array([z.foot_xy, z.foot_xy, z.foot_z]), np.array([z.episode_xy, z.episode_xy, z.episode_z])
        field = self._weights(around) @ (spread[0] * foot + spread[1] * self._episode)
        heights = ground.sample(cells + field[..., :2] + z.point_xy * cell[..., :2])
        heights += field[..., 2] + z.point_z * cell[..., 2]
        outlier = rng.random(shape) < z.outlier_probability
        heights[outlier] += z.outlier_size * rng.standard_normal(int(outlier.sum()))
        return heights

    def _weights(self, around: np.ndarray) -> np.ndarray:
        """How much of each foot is in the field at points [..., 2]: [..., F], their sum is 1."""
        square = np.square(around[..., None, :] - self._nodes).sum(axis=-1)
        square -= square.min(axis=-1, keepdims=True)
        weights = np.exp(-square / (2.0 * self._width**2))
        return weights / weights.sum(axis=-1, keepdims=True)


def check_condition(name: str) -> None:
    """Refuse a name that is no condition's.

    Raises:
        UserError: it names the nearest one, or lists them.
    """
    known = (NONE, TRAINED, *CONDITIONS)
    if name not in known:
        raise UserError(f"unknown map noise {name!r}{nearest(name, known) or '; there are ' + ', '.join(known)}")


def faults_of(name: str, training: dict[str, Any], nodes: np.ndarray) -> MapFaults | None:
    """The faults of a condition's name, of `trained`, or of `none`: None.

    Args:
        name: as above.
        training: the `map_noise` section of the policy's task; what `trained` is.
        nodes: where the feet are [F, 2], see `MapFaults`.

    Raises:
        UserError: no such condition.
    """
    if name == NONE or (name == TRAINED and not training):
        return None
    if name == TRAINED:
        scale = training["length_scale"]
        mix = [
            (condition["probability"], MapNoiseParameters(*condition["z"]).scaled(scale))
            for condition in training["conditions"].values()
        ]
        return MapFaults(mix, nodes, training["missing_probability"])
    check_condition(name)
    return MapFaults([(1.0, CONDITIONS[name].scaled(LENGTH_SCALE))], nodes)
