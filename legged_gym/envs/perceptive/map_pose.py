"""Where a robot believes to be in its map: a while ago, and off by the drift of its odometry.

A choice: Miki et al. 2022 have offsets of an episode and of a step, but no pose that is late or drifts. A map comes
every period, made a latency before, with the pose of the base at that time in it; until the next one comes it grows
old. From that pose the robot looks for the ground around its feet, whose joints it knows at once. The pose's error is a
random walk that is forgotten (Ornstein-Uhlenbeck): ground that is measured anew is where the robot then believes it.
"""

import math
from typing import Annotated

import torch

from legged_gym.config.fields import Length
from legged_gym.config.quantities import DelayRange, Duration, Extent
from legged_gym.interface.history import begin, push
from legged_gym.utils.math import uniform


class MapPoseCfg:
    """How late the robot's pose in its map is, and how wrong; zeros: not at all."""

    latency_range: DelayRange = [0.0, 0.0]
    """Age of a map when it comes, s; drawn for each episode."""
    period_range: DelayRange = [0.0, 0.0]
    """Time from one map to the next, s; drawn for each episode. Up to a control step: there is a new one at each."""
    drift: Annotated[list[Extent], Length(2)] = [0.0, 0.0]
    """Standard deviation of the error of the pose, on each horizontal axis and vertical, m."""
    drift_time: Duration = 5.0
    """Time in which the error is forgotten (to 1/e), s: it changes by `drift` sqrt(2 t / `drift_time`) in a short
    time t."""


class MapPose:
    """The pose in the map of N robots; every tensor stays in place."""

    def __init__(self, cfg: MapPoseCfg, num_envs: int, dt: float, device: torch.device) -> None:
        """Allocate.

        Args:
            cfg: latency and drift.
            num_envs: N.
            dt: control step, s.
            device: of all tensors.
        """
        self._latency_bounds = [bound / dt for bound in cfg.latency_range]
        self._period_bounds = [bound / dt for bound in cfg.period_range]
        oldest = round(self._latency_bounds[1]) + max(round(self._period_bounds[1]), 1) - 1
        self._past = torch.zeros(num_envs, oldest + 1, 7, device=device)
        """Position and quaternion of the base at the ends of the last control steps, newest first [N, K, 7]; the
        position with its error."""
        self._latency = torch.zeros(num_envs, device=device)
        self._period = torch.zeros(num_envs, device=device)
        """Of each robot's map in this episode, control steps [N]."""
        self.age = torch.zeros(num_envs, dtype=torch.long, device=device)
        """Age of the present map, control steps [N]."""
        self._error = torch.zeros(num_envs, 3, device=device)
        """Error of the position in units of its standard deviation [N, 3]."""
        self._deviation = torch.tensor([cfg.drift[0], *cfg.drift], device=device)
        self._keep = math.exp(-dt / cfg.drift_time)
        self._renew = math.sqrt(1.0 - self._keep**2)

    def advance(self, pose: torch.Tensor, factor: torch.Tensor) -> None:
        """Let a control step pass, at whose end the bases have this pose.

        Args:
            pose: position, m, and quaternion [N, 7].
            factor: on latency and period, which it makes no longer, and on drift, 0-d.
        """
        self._error.mul_(self._keep).add_(torch.randn_like(self._error), alpha=self._renew)
        self._past.copy_(push(self._erroneous(pose, factor), self._past))
        lateness = factor.clamp(max=1.0)  # no older pose is kept
        youngest = (lateness * self._latency).round()
        oldest = youngest + (lateness * self._period).round().clamp(min=1.0) - 1.0
        older = self.age + 1
        self.age.copy_(torch.where(older > oldest, youngest.long(), older))

    def begin(self, fresh: torch.Tensor, pose: torch.Tensor, factor: torch.Tensor) -> None:
        """Begin the episodes of `fresh` robots [N] bool at a pose [N, 7]: their first map is of now."""
        for present, bounds in ((self._latency, self._latency_bounds), (self._period, self._period_bounds)):
            drawn = uniform(tuple(present.shape), bounds[0], bounds[1], present.device)
            present.copy_(torch.where(fresh, drawn, present))
        self._error.copy_(torch.where(fresh[:, None], torch.randn_like(self._error), self._error))
        self._past.copy_(begin(fresh, self._erroneous(pose, factor), self._past))
        self.age.masked_fill_(fresh, 0)

    def believed(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Position [N, 3], m, and quaternion [N, 4] of the base in its map."""
        pose = self._past.gather(1, self.age[:, None, None].expand(-1, 1, 7))[:, 0]
        return pose[:, :3], pose[:, 3:]

    def _erroneous(self, pose: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
        return torch.cat((pose[:, :3] + factor * self._deviation * self._error, pose[:, 3:]), dim=1)


def make_map_pose(cfg: MapPoseCfg, num_envs: int, dt: float, device: torch.device) -> MapPose | None:
    """The robots' pose in their maps; None where it is the true one."""
    wrong = max(*cfg.latency_range, *cfg.period_range, *cfg.drift) > 0.0
    return MapPose(cfg, num_envs, dt, device) if wrong else None
