"""What robots measure of the ground: heights around them, depth images, holes below them."""

from typing import Any

import torch

from legged_gym.config.io import class_to_dict
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.envs.base.rewards import GROUND_REWARDS
from legged_gym.interface.observations import ObservationTerm
from legged_gym.interface.readings import Readings
from legged_gym.sensors.depth_camera import DepthCamera
from legged_gym.sensors.height_scan import HeightScan
from legged_gym.terrain.height_sampler import HeightSampler, VertexSampler
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError


class GroundSensors:
    """The sensors of N robots that look at a terrain, as far as an observation or a reward needs them."""

    def __init__(self, cfg: LeggedRobotCfg, terrain: Terrain, dt: float, device: torch.device) -> None:
        """Mount them.

        Args:
            cfg: configuration of the task.
            terrain: what they look at.
            dt: control step, s.
            device: of all tensors.

        Raises:
            UserError: a depth image is observed, and the configuration has no camera.
        """
        num_envs, points = cfg.env.num_envs, cfg.terrain
        self.height_scan = HeightScan(
            points.measured_points_x, points.measured_points_y, cfg.normalization.height_offset
        ).to(device)
        self.measured_heights: torch.Tensor | None = None
        """Ground height at the points of the height scan, m [N, P]; only where an observation or a reward needs it."""
        if _needs_height_scan(cfg, terrain):
            self.measured_heights = torch.zeros(num_envs, len(self.height_scan.points), device=device)
        self.depth_camera = _make_depth_camera(cfg, terrain, dt, device)
        """The robots' depth cameras; None where no group observes their images."""
        self.ground_height = torch.zeros(num_envs, device=device)
        """Ground height under the robot, m [N]: the height scan's mean, or where there is none, that under the base."""
        rims = terrain.rims
        self._rims = None if rims is None else VertexSampler(rims, terrain, device)

    def terms(self, scale: float, noise: float) -> list[ObservationTerm]:
        """What they can be observed by; scale and noise of the heights."""
        scan = self.height_scan.term(scale, noise)
        return [scan] if self.depth_camera is None else [scan, self.depth_camera.image.term()]

    def show(self, readings: Readings) -> None:
        """Let formulas of observations read what is measured."""
        if self.measured_heights is not None:
            readings.scan_heights = self.measured_heights
        if self.depth_camera is not None:
            readings.depth_image = self.depth_camera.images

    def measure(self, sampler: HeightSampler, base_pos: torch.Tensor, heading: torch.Tensor) -> None:
        """Measure heights around bases [N, 3] with unit headings [N, 2], by a sampler of the ground."""
        if self.measured_heights is None:
            self.ground_height.copy_(sampler.sample(base_pos[:, :2]))
            return
        points = self.height_scan.sample_points(base_pos, heading)
        self.measured_heights.copy_(sampler.sample(points))
        torch.mean(self.measured_heights, dim=1, out=self.ground_height)

    def look(self, fresh: torch.Tensor, base_pose: torch.Tensor) -> None:
        """Let the cameras take their images, of bases [N, 7]; in `fresh` [N] bool an episode begins."""
        if self.depth_camera is not None:
            self.depth_camera.look(fresh, base_pose)

    def below_rim(self, base_pos: torch.Tensor) -> torch.Tensor | None:
        """Bases [N, 3] that are down in a hole [N] bool; None where there are no holes."""
        return None if self._rims is None else base_pos[:, 2] < self._rims.sample(base_pos[:, :2])


def _observes(cfg: LeggedRobotCfg, term: str) -> bool:
    """Whether some group observes a term."""
    return any(term in names for names in class_to_dict(cfg.observations).values())


def _needs_height_scan(cfg: LeggedRobotCfg, terrain: Terrain) -> bool:
    """Whether some group observes the scan, or a reward reads the mean height of ground that is not flat."""
    scales = class_to_dict(cfg.rewards.scales)
    rewarded = not terrain.is_plane and any(scales.get(name) for name in GROUND_REWARDS)
    return rewarded or _observes(cfg, "height_scan")


def _make_depth_camera(cfg: LeggedRobotCfg, terrain: Terrain, dt: float, device: torch.device) -> DepthCamera | None:
    """The cameras of the section `depth_camera`, which a task's configuration may have."""
    if not _observes(cfg, "depth_image"):
        return None
    section: Any = getattr(cfg, "depth_camera", None)
    if section is None:
        raise UserError(
            "the observation depth_image needs a section `class depth_camera(DepthCameraCfg): pass` in the task's "
            "configuration (legged_gym.sensors.depth_image)"
        )
    noisy = cfg.noise.add_noise and cfg.noise.noise_level > 0.0
    return DepthCamera(section, terrain, cfg.env.num_envs, dt, device, noisy)
