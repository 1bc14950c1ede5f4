"""The depth image that a robot has: where its pixels look, and what a policy is told of it."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

import torch

from legged_gym.config.fields import Bounds, Length, Ordered
from legged_gym.config.quantities import DelayRange, Extent
from legged_gym.interface.observations import ObservationTerm
from legged_gym.sensors.depth_noise import DepthNoiseCfg

Angle = Annotated[float, Bounds(-180, 180)]
Pixels = Annotated[int, Bounds(0, 4096)]
Place = Annotated[float, Bounds(-10, 10)]


class DepthCameraCfg:
    """A depth camera on the base.

    The numbers are those of Robot Parkour Learning on the A1 (Zhuang et al. 2023, arXiv 2309.05665, and its published
    configuration), whose camera is a D435 in the head.
    """

    resolution: Annotated[list[Annotated[int, Bounds(1, 4096)]], Length(2)] = [60, 106]
    """Rows and columns of the camera's image."""
    crop: Annotated[list[Pixels], Length(4)] = [0, 0, 15, 11]
    """Pixels that are cut off at the top, the bottom, the left and the right."""
    shape: Annotated[list[Annotated[int, Bounds(1, 1024)]], Length(2)] = [48, 64]
    """Rows and columns of the image that a policy sees: the rest, resized. Depths are those at its pixels' centres."""
    horizontal_fov: Annotated[list[Annotated[float, Bounds(1, 170)]], Ordered()] = [85.0, 88.0]
    """Angle of the camera's image from the left to the right, degrees, drawn for each robot; pixels are square."""
    position: Annotated[list[Place], Length(3)] = [0.27, 0.0075, 0.033]
    """Of the camera in the base's frame, m."""
    position_noise: Annotated[list[Extent], Length(3)] = [0.01, 0.0025, 0.0005]
    """Each robot's camera is off by up to +- this, m."""
    rotation: Annotated[list[Angle], Length(3)] = [0.0, 2.5, 0.0]
    """Roll, pitch (down) and yaw (left) of the camera against the base, degrees."""
    rotation_noise: Annotated[list[Annotated[float, Bounds(0, 180)]], Length(3)] = [0.0, 2.5, 0.0]
    """Each robot's camera is off by up to +- this, degrees."""
    range: Annotated[list[Extent], Ordered()] = [0.0, 1.5]
    """Nearest and farthest depth that a policy is told, m."""
    rate: Annotated[float, Bounds(0.1, 1000)] = 10.0
    """Images a second: one in a whole number of control steps."""
    latency_range: DelayRange = [0.2, 0.26]
    """Age of an image when the robot has it, s, drawn for each episode."""

    class noise(DepthNoiseCfg):
        pass

    def contradictions(self) -> Iterator[str]:
        """Nothing that is left of the image, no range, and patches that are larger than the image."""
        (rows, cols), (top, bottom, left, right) = self.resolution, self.crop
        if top + bottom >= rows or left + right >= cols:
            yield f"depth_camera.crop = {self.crop} leaves nothing of an image of {rows} x {cols} pixels"
        if self.range[1] <= self.range[0]:
            yield f"depth_camera.range = {self.range} holds no depths"
        noise = self.noise
        for kind, share, size in (
            ("hole", noise.hole_share, noise.hole_size),
            ("false", noise.false_share, noise.false_size),
        ):
            if share and size > max(self.shape):
                yield (
                    f"depth_camera.noise.{kind}_size = {size} pixels is larger than an image of "
                    f"{self.shape[0]} x {self.shape[1]}, depth_camera.shape"
                )


class DepthImage:
    """Its pixels, and its observation term: a formula of the depths that a camera delivers, for any robot."""

    def __init__(self, shape: Sequence[int], depth_range: Sequence[float]) -> None:
        """Set rows and columns, and nearest and farthest depth, m."""
        self.rows, self.cols = shape
        self.near, self.far = depth_range

    def term(self) -> ObservationTerm:
        """Its observation, row after row from above: -0.5 at the nearest depth, 0.5 at the farthest."""
        scale = 1.0 / (self.far - self.near)
        return ObservationTerm(
            "depth_image", self.rows * self.cols, lambda r: self.values(r.depth_image), scale, "depth camera"
        )

    def values(self, images: torch.Tensor) -> torch.Tensor:
        """Depths [N, R C] beyond the middle of the range, m, of images [N, R, C], m."""
        return images.clamp(self.near, self.far).sub_((self.near + self.far) / 2.0).flatten(1)


def pixel_rays(resolution: Sequence[int], crop: Sequence[int], shape: Sequence[int]) -> torch.Tensor:
    """Left and up of the centres of the pixels that are left of an image, row by row from above [R C, 2].

    The unit is half the width of the whole image: times the tangent of half its angle, they are directions at a depth
    of 1. Arguments as in `DepthCameraCfg`.
    """
    (rows, cols), (top, bottom, left, right) = resolution, crop
    kept_rows, kept_cols = rows - top - bottom, cols - left - right
    row = top + (torch.arange(shape[0]) + 0.5) * (kept_rows / shape[0])
    col = left + (torch.arange(shape[1]) + 0.5) * (kept_cols / shape[1])
    up, to_left = (rows / 2 - row) / (cols / 2), (cols / 2 - col) / (cols / 2)
    return torch.cartesian_prod(up, to_left).flip(1)


def half_angle_tangent(degrees: torch.Tensor) -> torch.Tensor:
    """The tangent of half an angle in degrees."""
    return torch.tan(degrees * (math.pi / 360.0))
