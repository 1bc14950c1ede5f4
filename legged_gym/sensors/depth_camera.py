"""The depth cameras of simulated robots: when images are taken, by whom, and when they are there."""

import math
from typing import Any

import torch

from legged_gym.sensors.depth_image import DepthCameraCfg, DepthImage, half_angle_tangent, pixel_rays
from legged_gym.sensors.depth_noise import DepthNoise
from legged_gym.sensors.ray_caster_factory import make_ray_caster
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import quat_from_rpy, quat_multiply, quat_rotate, uniform


class DepthCamera:
    """One camera on each of N robots.

    Every robot takes an image once a period, robot i in control steps whose number plus i is a multiple of it: each
    step a like share of all images is made. An image is there when it is as old as the robot's latency in this episode.
    An image of the moment at which an episode begins, without noise, stands for those before it.
    """

    def __init__(
        self, cfg: DepthCameraCfg, terrain: TerrainLike, num_envs: int, dt: float, device: torch.device, noisy: bool
    ) -> None:
        """Mount the cameras, each a little differently, and allocate.

        Args:
            cfg: the camera; a section of a configuration.
            terrain: what there is to be seen.
            num_envs: N.
            dt: control step, s.
            device: of all tensors.
            noisy: whether images have `cfg.noise`.

        Raises:
            UserError: an image does not last a whole number of control steps.
        """
        self._period = _whole_steps(cfg.rate, dt)
        self.image = DepthImage(cfg.shape, cfg.range)
        rays = pixel_rays(cfg.resolution, cfg.crop, cfg.shape).to(device)
        self._caster = make_ray_caster(terrain, rays, num_envs, self.image.far)
        noise: Any = cfg.noise  # a section is a class to a type checker, and an instance of it here
        self._noise = DepthNoise(noise, self.image.far) if noisy else None
        self._mount(cfg, num_envs, device)

        self._latency_bounds = [seconds / dt for seconds in cfg.latency_range]
        self._latency = torch.zeros(num_envs, device=device)
        """Of each robot's images in this episode, control steps [N]."""
        self._share = math.ceil(num_envs / self._period)
        """Images in a control step, M."""
        rows = self._share * self._period  # of images: some robots more than there are, so that all shares are alike
        self._kept = math.ceil(self._latency_bounds[1] / self._period) + 1
        self._past = torch.zeros(rows * self._kept, len(rays), device=device)
        """The last images of each robot [rows x kept, P], m; image number f of an episode is at place f mod kept."""
        self._first = torch.arange(num_envs, device=device) * self._kept
        """Of each robot's places in it [N]."""
        self._clock = torch.arange(num_envs, device=device) % self._period
        """Control steps since the episode's image 0 would have been due [N]: image f > 0 is due at f periods."""
        self._turn = torch.arange(self._share, device=device) * self._period
        """Robots whose image is due in this control step [M]; beyond the last robot: nobody's."""
        self.images = torch.full((num_envs, *cfg.shape), self.image.far, device=device)
        """What the robots have at the end of a control step [N, R, C], m."""

    def _mount(self, cfg: DepthCameraCfg, num_envs: int, device: torch.device) -> None:
        position, off = torch.tensor(cfg.position, device=device), torch.tensor(cfg.position_noise, device=device)
        self._position = uniform((num_envs, 3), position - off, position + off, device)
        """Of the cameras in their base's frame [N, 3], m."""
        angles, off = torch.tensor(cfg.rotation, device=device), torch.tensor(cfg.rotation_noise, device=device)
        angles = torch.deg2rad(uniform((num_envs, 3), angles - off, angles + off, device))
        self._rotation = quat_from_rpy(*angles.unbind(dim=1))
        """From the cameras' frames to their base's [N, 4]."""
        narrowest, widest = cfg.horizontal_fov
        self._caster.scales.copy_(half_angle_tangent(uniform((num_envs,), narrowest, widest, device)))
        _, _, left, right = cfg.crop
        per_column = (cfg.resolution[1] - left - right) / cfg.shape[1]
        self._focal_length = cfg.resolution[1] / (2.0 * self._caster.scales * per_column)
        """Of each camera [N], columns of the image."""

    def look(self, fresh: torch.Tensor, pose: torch.Tensor) -> None:
        """A control step ends: take the images that are due, and hand out those that are there.

        Args:
            fresh: robots [N] bool whose episode begins.
            pose: position, m, and quaternion of the bases [N, 7].
        """
        self._clock.copy_(torch.where(fresh, self._clock % self._period, self._clock))
        drawn = uniform(tuple(fresh.shape), self._latency_bounds[0], self._latency_bounds[1], fresh.device)
        self._latency.copy_(torch.where(fresh, drawn, self._latency))
        self._take(fresh, pose)
        there = torch.div(self._clock - self._latency, self._period, rounding_mode="floor").long().clamp(min=0)
        torch.index_select(self._past, 0, self._first + there % self._kept, out=self.images.flatten(1))
        self._clock.add_(1)
        self._turn.copy_(torch.where(self._turn[0] == 0, self._turn + (self._period - 1), self._turn - 1))

    def _take(self, fresh: torch.Tensor, pose: torch.Tensor) -> None:
        """Images of robots that begin, and of those whose turn it is."""
        caster = self._caster
        caster.positions.copy_(pose[:, :3] + quat_rotate(pose[:, 3:], self._position[:, None])[:, 0])
        caster.rotations.copy_(quat_multiply(pose[:, 3:], self._rotation))
        torch.logical_or(fresh, self._clock % self._period == 0, out=caster.active)
        caster.cast()
        begun = self._past.view(-1, self._kept, caster.depths.shape[1])[: len(fresh), 0]
        torch.where(fresh[:, None], caster.depths, begun, out=begun)
        robots = self._turn.clamp(max=len(fresh) - 1)
        depths = caster.depths[robots]
        if self._noise is not None:
            shape = len(robots), self.image.rows, self.image.cols
            depths = self._noise(depths.view(shape), self._focal_length[robots]).flatten(1)
        newest = torch.div(self._clock[robots], self._period, rounding_mode="floor")
        self._past.index_copy_(0, self._turn * self._kept + newest % self._kept, depths)


def _whole_steps(rate: float, dt: float) -> int:
    """Control steps from one image to the next.

    Raises:
        UserError: it is no whole number.
    """
    steps = 1.0 / (rate * dt)
    if round(steps) < 1 or abs(steps - round(steps)) > 1e-3:
        raise UserError(
            f"depth_camera.rate = {rate:g} Hz: an image lasts {steps:.4g} control steps of {dt:g} s; give it a whole "
            f"number, such as {1.0 / (max(round(steps), 1) * dt):.4g} Hz"
        )
    return round(steps)
