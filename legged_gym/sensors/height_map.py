"""The height map that a robot is given: a grid around it, some of whose cells may be unknown."""

from typing import NamedTuple

import torch

from legged_gym.terrain.height_sampler import look_up

LEAST_KNOWN = 0.5
"""Weight of the known cells around a point, of all four, from which the point is known."""


class HeightMap(NamedTuple):
    """Ground heights in the frame of the map."""

    heights: torch.Tensor
    """Ground height of the cells [R, C], m; first index along x, second along y; NaN: unknown."""
    origin: torch.Tensor
    """x and y of the centre of the first cell [2], m."""
    resolution: torch.Tensor
    """Cell size [1], m."""

    def sample(self, points: torch.Tensor) -> torch.Tensor:
        """Bilinear heights of the ground.

        Args:
            points: x and y [..., 2], m.

        Returns:
            Heights [...], m, of the known cells around each point, with their weights; NaN where less than half of the
            weight is known, and outside of the map.
        """
        rows, cols = self.heights.shape
        extent = torch.cat(((rows - 1) * self.resolution, (cols - 1) * self.resolution))
        places = (points - (self.origin + 0.5 * extent)) * (2.0 / extent)
        inside = (places.abs() <= 1.0).all(dim=-1)
        known = torch.isfinite(self.heights)
        image = torch.stack((torch.where(known, self.heights, 0.0), known.float())).transpose(1, 2)[None]
        heights, weight = look_up(image, torch.where(inside[..., None], places, 0.0)).unbind(dim=0)
        return torch.where(inside & (weight >= LEAST_KNOWN), heights / weight, torch.nan)


def filled(heights: torch.Tensor, otherwise: torch.Tensor) -> torch.Tensor:
    """Heights without NaN.

    Args:
        heights: of one robot [1, ...]; NaN: unknown.
        otherwise: what stands for all of them if none is known [1, ...].

    Returns:
        The heights, unknown ones replaced by the mean of the known.
    """
    known = torch.isfinite(heights)
    mean = torch.where(known, heights, 0.0).sum() / known.sum().clamp(min=1)
    return torch.where(known, heights, torch.where(known.any(), mean, otherwise))
