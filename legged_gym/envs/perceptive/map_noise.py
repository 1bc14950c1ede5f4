"""Noise of the height map that a robot builds: where its samples are read, and what they say.

For point p of foot f (Miki et al. 2022, supplement S4):

    horizontal offset = e_p + e_f + w_xy,    height offset = e_pz + e_fz + w_z + e_outlier

e is Gaussian and new at every step, per point or per foot; w is Gaussian, per foot, and new in each episode; e_outlier
is there with a probability. The paper calls the parameters z variances; as in every public implementation they are
standard deviations here. Each is multiplied by a curriculum factor c: 0 is a perfect map.
"""

import torch

from legged_gym.config.fields import Share
from legged_gym.config.quantities import Factor, SizeRatio
from legged_gym.envs.perceptive.map_pose import MapPoseCfg
from legged_gym.sensors.map_conditions import NOISY, NOMINAL, OFFSET, Conditions, MapNoiseParameters

POINT_XY, POINT_Z, FOOT_XY, FOOT_Z, OUTLIER_SIZE, OUTLIER_PROBABILITY, EPISODE_XY, EPISODE_Z = range(8)
"""Order of the parameters z, which `MapNoiseParameters` names."""


class MapNoiseCfg(MapPoseCfg):
    """Conditions that a robot's map can be in, and how wrong the robot's pose in it is.

    A condition is drawn at the start of an episode and another in its middle.
    """

    factor: Factor = 1.0
    """Curriculum factor c at the start; training sets it as it goes on. It multiplies drift, too, and latency and
    period as far as 1."""
    length_scale: SizeRatio = 0.6
    """Factor on the lengths below, which are ANYmal's: ratio of leg lengths (Go2: 0.6)."""
    conditions: Conditions = {
        "nominal": {"probability": 0.6, "z": list(NOMINAL)},
        "offset": {"probability": 0.3, "z": list(OFFSET)},
        "noisy": {"probability": 0.1, "z": list(NOISY)},
    }
    """The conditions by name: probability, and z: standard deviations, m, of (point xy, point z, foot xy, foot z,
    outliers), the probability of an outlier, and the standard deviations, m, of the episode's offsets (xy, z)."""
    missing_probability: Share = 0.0
    """Probability, at factor 1, that there is no map at all until the condition is drawn again: all samples are NaN."""


class MapNoise:
    """The noise of N environments; every tensor stays in place."""

    def __init__(self, cfg: MapNoiseCfg, num_envs: int, num_feet: int, num_points: int, device: torch.device) -> None:
        """Allocate.

        Args:
            cfg: conditions.
            num_envs: N.
            num_feet: F.
            num_points: samples around a foot P.
            device: of all tensors.
        """
        self.conditions = condition_table(cfg).to(device)
        """Probability and the eight parameters of each condition [K, 9]; lengths are the robot's, m."""
        self.factor = torch.tensor(float(cfg.factor), device=device)
        """Curriculum factor c, 0-d."""
        self.parameters = torch.zeros(num_envs, 8, device=device)
        """Parameters z of each environment, before the factor [N, 8]."""
        self.offset_xy = torch.zeros(num_envs, num_feet, 2, device=device)
        self.offset_z = torch.zeros(num_envs, num_feet, device=device)
        """The episode's offsets in units of their standard deviation [N, F, 2], [N, F]."""
        self.missing = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Environments without a map [N]."""
        self.missing_probability = torch.tensor(float(cfg.missing_probability), device=device)
        """Probability that there is no map, at factor 1, 0-d."""
        self._fixed = torch.zeros((), dtype=torch.bool, device=device)
        self._shape = (num_envs, num_feet, num_points)

    def fix(self, parameters: torch.Tensor) -> None:
        """Use these parameters [N, 8] (lengths in m, as the robot's) from now on; no condition is drawn any more."""
        self.parameters.copy_(parameters)
        self.missing.fill_(False)
        self._fixed.fill_(True)

    def draw_episode(self, begins: torch.Tensor, half_over: torch.Tensor) -> None:
        """Draw what lasts longer than a step.

        Args:
            begins: environments whose episode begins [N] bool: they get new offsets and a new condition.
            half_over: environments in the middle of their episode [N] bool: they get a new condition.
        """
        self.offset_xy.copy_(torch.where(begins[:, None, None], torch.randn_like(self.offset_xy), self.offset_xy))
        self.offset_z.copy_(torch.where(begins[:, None], torch.randn_like(self.offset_z), self.offset_z))
        drawn = (begins | half_over) & ~self._fixed
        edges = self.conditions[:, 0].cumsum(0)[:-1]
        uniform = torch.rand(2, len(begins), device=self.factor.device)
        fresh = self.conditions[:, 1:][torch.bucketize(uniform[0], edges, right=True)]
        self.parameters.copy_(torch.where(drawn[:, None], fresh, self.parameters))
        missing = uniform[1] < self.missing_probability * self.factor
        self.missing.copy_(torch.where(drawn, missing, self.missing))

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw the noise of one step.

        Returns:
            Horizontal offsets of the sampling points [N, F, P, 2] and offsets of the heights [N, F, P], m; the heights
            of an environment without a map are NaN.
        """
        n, f, p = self._shape
        device = self.factor.device
        z = (self.factor * self.parameters)[:, None, None, :]
        point = torch.randn(n, f, p, 3, device=device)
        foot = torch.randn(n, f, 1, 3, device=device)
        xy = z[..., POINT_XY, None] * point[..., :2] + z[..., FOOT_XY, None] * foot[..., :2]
        xy = xy + z[..., EPISODE_XY, None] * self.offset_xy[:, :, None]
        # A point's own noise and its outlier are independent Gaussians: their sum is one of both variances.
        outlier = torch.rand(n, f, p, device=device) < z[..., OUTLIER_PROBABILITY]
        deviation = (z[..., POINT_Z].square() + outlier * z[..., OUTLIER_SIZE].square()).sqrt()
        height = deviation * point[..., 2] + z[..., FOOT_Z] * foot[..., 2]
        height = height + z[..., EPISODE_Z] * self.offset_z[:, :, None]
        return xy, height.masked_fill(self.missing[:, None, None], torch.nan)


def condition_table(cfg: MapNoiseCfg) -> torch.Tensor:
    """Probability and parameters of each condition [K, 9], lengths multiplied by the length scale."""
    rows = (
        [condition["probability"], *MapNoiseParameters(*condition["z"]).scaled(cfg.length_scale)]
        for condition in cfg.conditions.values()
    )
    return torch.tensor(list(rows))
