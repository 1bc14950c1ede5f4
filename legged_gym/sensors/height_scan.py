"""The height scan: ground heights on a grid around the base."""

from collections.abc import Sequence

import torch
from torch import nn

from legged_gym.interface.mirror import points
from legged_gym.interface.observations import ObservationTerm
from legged_gym.sensors.points import turned

CLIP = 1.0
"""Bound of a value, m."""


class HeightScan(nn.Module):
    """Where it looks, and what it says."""

    points: torch.Tensor
    """Grid in the yaw-aligned base frame [P, 2], m; y runs fastest."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], offset: float) -> None:
        """Lay out the grid.

        Args:
            xs: its places forward of the base, m.
            ys: to the left, m.
            offset: a value is base height - offset - ground height, m.
        """
        super().__init__()
        grid = torch.meshgrid(torch.tensor(xs), torch.tensor(ys), indexing="ij")
        self.register_buffer("points", torch.stack(grid, dim=-1).reshape(-1, 2))
        self.offset = offset

    def sample_points(self, base_pos: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
        """World x and y of the samples [N, P, 2], m, around bases [N, 3] with unit headings [N, 2]."""
        return turned(self.points, heading) + base_pos[:, None, :2]

    def values(self, base_pos: torch.Tensor, ground: torch.Tensor) -> torch.Tensor:
        """What the scan says [N, P], m, of a base [N, 3] over ground heights [N, P], m."""
        return (base_pos[:, 2:] - self.offset - ground).clamp(-CLIP, CLIP)

    def term(self, scale: float, noise: float) -> ObservationTerm:
        """Its observation."""
        width = len(self.points)
        return ObservationTerm(
            "height_scan", width, lambda r: self.values(r.base_pos, r.scan_heights), scale, "elevation map", noise,
            mirror=points(self.points.tolist()),
        )  # fmt: skip
