"""The foot scan: ground heights on circles around each foot (Miki et al. 2022, supplement S3)."""

import math
from collections.abc import Callable, Iterator
from typing import Annotated

import torch
from torch import nn

from legged_gym.config.fields import Length
from legged_gym.config.quantities import Extent, PositiveExtent, SizeRatio, SmallCount
from legged_gym.interface.mirror import Mirror, of_parts
from legged_gym.interface.observations import ObservationTerm
from legged_gym.sensors.points import turned


class FootScanCfg:
    """Circles of sample points around each foot."""

    radii: Annotated[list[Extent], Length(1, 100)] = [0.08, 0.16, 0.26, 0.36, 0.48]
    """Radii of the circles on ANYmal, m."""
    counts: Annotated[list[SmallCount], Length(1, 100)] = [6, 8, 10, 12, 16]
    """Points on each circle: 52 in all."""
    length_scale: SizeRatio = 0.6
    """Factor on the radii: ratio of the robot's leg length to ANYmal's (Go2: 0.6)."""
    clip: PositiveExtent = 1.0
    """Bound of a height relative to the foot, m."""

    def contradictions(self) -> Iterator[str]:
        """A circle without its number of points."""
        if len(self.radii) != len(self.counts):
            yield f"foot_scan.counts = {self.counts} must be one number for each of foot_scan.radii = {self.radii}"


class FootScan(nn.Module):
    """Where it looks, and what it says: heights relative to the origin of the foot's frame.

    The feet's positions are those origins; on the Go2 they lie 2 mm from the centre of the foot's sphere.
    """

    points: torch.Tensor
    """Sample points around a foot in the yaw-aligned base frame [P, 2], m.

    Inner circle first; point k of n lies at the angle 2 pi k / n from the forward direction (the paper leaves the
    order open).
    """

    def __init__(self, cfg: FootScanCfg, num_feet: int) -> None:
        """Lay out the circles around F feet."""
        super().__init__()
        points = [
            (cfg.length_scale * radius * math.cos(angle), cfg.length_scale * radius * math.sin(angle))
            for radius, count in zip(cfg.radii, cfg.counts, strict=True)
            for angle in (2.0 * math.pi * k / count for k in range(count))
        ]
        self.register_buffer("points", torch.tensor(points))
        self.counts, self.clip, self.num_feet = tuple(cfg.counts), cfg.clip, num_feet

    def sample_points(self, feet: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
        """World x and y of the samples [N, F, P, 2], m, around feet [N, F, 3] of bases with unit headings [N, 2]."""
        return feet[:, :, None, :2] + turned(self.points, heading)[:, None]

    @staticmethod
    def relative(ground: torch.Tensor, feet: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Ground heights [N, F, P] relative to their foot's frame [N, F, 3], m."""
        return torch.sub(ground, feet[..., 2:], out=out)

    def values(self, heights: torch.Tensor) -> torch.Tensor:
        """What the scan says [N, F P], m, of relative heights [N, F, P]."""
        return heights.clamp(-self.clip, self.clip).flatten(1)

    def _point_mirror(self) -> Mirror:
        """Of one value of each sample of a foot: point k of a circle of n becomes point n - k."""
        circles = (Mirror(tuple(-k % count for k in range(count)), (1.0,) * count) for count in self.counts)
        return Mirror.side_by_side(list(circles))

    def term(self, sense: Callable[[], torch.Tensor], feet: Mirror | None) -> ObservationTerm:
        """Its observation.

        Args:
            sense: in simulation, gives the relative heights [N, F, P] that a robot's own map says.
            feet: the mirror of one value of each foot; None if one has no counterpart.
        """
        return ObservationTerm(
            "foot_scan", self.num_feet * len(self.points), lambda r: self.values(r.foot_heights), 1.0,
            "elevation map", sense=lambda: self.values(sense()), mirror=of_parts(feet, self._point_mirror()),
        )  # fmt: skip
