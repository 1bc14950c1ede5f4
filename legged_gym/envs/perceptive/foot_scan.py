"""The exteroceptive observation: ground heights on circles around each foot."""

import math
from collections.abc import Iterator

import torch

from legged_gym.config.fields import NonNegative, Positive, PositiveInt


class FootScanCfg:
    """Circles of sample points around each foot (Miki et al. 2022, supplement S3)."""

    radii: list[NonNegative] = [0.08, 0.16, 0.26, 0.36, 0.48]
    """Of the circles on ANYmal, m."""
    counts: list[PositiveInt] = [6, 8, 10, 12, 16]
    """Points on each circle: 52 in all."""
    length_scale: Positive = 0.6
    """Factor on the radii: ratio of the robot's leg length to ANYmal's (Go2: 0.6)."""
    clip: Positive = 1.0
    """Bound of a height relative to the foot, m."""

    def contradictions(self) -> Iterator[str]:
        """A circle without its number of points."""
        if len(self.radii) != len(self.counts):
            yield f"foot_scan.counts = {self.counts} must be one number for each of foot_scan.radii = {self.radii}"


def foot_scan_offsets(cfg: FootScanCfg) -> torch.Tensor:
    """Sample points around a foot in the yaw-aligned base frame [P, 2], m.

    Inner circle first; point k of n lies at the angle 2 pi k / n from the forward direction (the paper leaves the
    order open).
    """
    points = [
        (cfg.length_scale * radius * math.cos(angle), cfg.length_scale * radius * math.sin(angle))
        for radius, count in zip(cfg.radii, cfg.counts, strict=True)
        for angle in (2.0 * math.pi * k / count for k in range(count))
    ]
    return torch.tensor(points)


def points_around(feet: torch.Tensor, heading: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """World positions of points around each foot.

    Args:
        feet: foot positions [N, F, 3], m.
        heading: unit vector of the base's heading [N, 2].
        offsets: in the yaw-aligned base frame [P, 2], m.

    Returns:
        x and y [N, F, P, 2], m.
    """
    (x, y), (c, s) = offsets.unbind(dim=1), heading[:, :, None].unbind(dim=1)
    turned = torch.stack((c * x - s * y, s * x + c * y), dim=-1)  # [N, P, 2]
    return feet[:, :, None, :2] + turned[:, None]
