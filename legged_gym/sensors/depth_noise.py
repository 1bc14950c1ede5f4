"""What a stereo camera makes of the true depths: Gaussian error, steps, shadows, holes and false patches.

A stereo camera measures disparity, which is focal length times baseline over depth: its error and its steps are the
same in inverse depth everywhere, and grow with the square of the depth.
"""

import torch
from torch.nn import functional

from legged_gym.config.fields import Share
from legged_gym.config.quantities import Factor, SmallCount

NONE = 0.0
"""What a pixel without depth says, m, as RealSense cameras do."""
_CLOSEST = 1.0e-3
"""Depths are taken for at least this where they are inverted, m."""


class DepthNoiseCfg:
    """Errors of an image, drawn anew for each; zeros: not at all.

    The numbers are those of an Intel RealSense D435, 848 pixels and 87 degrees wide (447 pixels of focal length, 50 mm
    of baseline): its depths have a root mean square error of 0.08 pixels of disparity and come in steps of 1/32 pixel
    (Intel, "Tuning depth cameras for best performance"). Shares and sizes of holes and patches are choices.
    """

    inverse_error: Factor = 0.0036
    """Standard deviation of the inverse depth, 1/m: 0.08 / (447 0.05), 3.6 mm at a depth of 1 m, 14 mm at 2 m."""
    inverse_step: Factor = 0.0014
    """Step of the inverse depth, 1/m: 1/32 / (447 0.05), 1.4 mm at a depth of 1 m."""
    baseline: Share = 0.05
    """Distance of the two cameras, m: what the right one cannot see has no depth, left of whatever is near."""
    hole_share: Share = 0.01
    """Share of the image in square holes, where there is no depth."""
    hole_size: SmallCount = 3
    """Side of a hole, pixels."""
    false_share: Share = 0.005
    """Share of the image in square patches of a wrong depth, uniform in the range."""
    false_size: SmallCount = 3
    """Side of such a patch, pixels."""


class DepthNoise:
    """Makes noisy images of true ones; static shapes, no state."""

    def __init__(self, cfg: DepthNoiseCfg, reach: float) -> None:
        """Set the errors.

        Args:
            cfg: how large they are.
            reach: greatest depth, m.
        """
        self._cfg, self._reach = cfg, reach

    def __call__(self, depths: torch.Tensor, focal_length: torch.Tensor) -> torch.Tensor:
        """Noisy images.

        Args:
            depths: true ones [M, R, C], m.
            focal_length: of each camera [M], pixels.

        Returns:
            [M, R, C], m, up to the greatest depth; `NONE` where there is none.
        """
        cfg = self._cfg
        inverse = 1.0 / depths.clamp(min=_CLOSEST)
        none = torch.zeros_like(depths, dtype=torch.bool)
        if cfg.baseline:
            none = none | in_shadow(inverse * (cfg.baseline * focal_length)[:, None, None])
        if cfg.inverse_error:
            inverse = inverse + cfg.inverse_error * torch.randn_like(inverse)
        if cfg.inverse_step:
            inverse = (inverse / cfg.inverse_step).round() * cfg.inverse_step
        noisy = (1.0 / inverse.clamp(min=1.0 / self._reach)).clamp(max=self._reach)
        if cfg.false_share:
            patches = _patches(depths, cfg.false_share, cfg.false_size)
            noisy = torch.where(patches > 0.0, patches * self._reach, noisy)
            none = none & (patches == 0.0)
        if cfg.hole_share:
            none = none | (_patches(depths, cfg.hole_share, cfg.hole_size) > 0.0)
        return noisy.masked_fill(none, NONE)


def in_shadow(disparity: torch.Tensor) -> torch.Tensor:
    """Pixels of a left image that something nearer hides from the right camera.

    Args:
        disparity: how far to the left each pixel is in the right image [M, R, C], pixels; columns run to the right.

    Returns:
        [M, R, C] bool: whether a pixel farther to the right is at the same place in the right image, or left of it.
    """
    columns = torch.arange(disparity.shape[-1], device=disparity.device)
    in_right_image = columns - disparity
    leftmost = in_right_image.flip(-1).cummin(dim=-1).values.flip(-1)  # of this pixel and those to the right of it
    return leftmost < in_right_image


def _patches(like: torch.Tensor, share: float, size: int) -> torch.Tensor:
    """Squares that cover about a share of images [M, R, C]; in each a number in (0, 1], zero between them."""
    seeds = torch.rand_like(like)
    probability = 1.0 - (1.0 - share) ** (1.0 / size**2)  # a pixel is free if none of size^2 seeds covers it
    values = torch.where(seeds < probability, seeds / probability, 0.0)
    before = size // 2
    padded = functional.pad(values, (before, size - 1 - before, before, size - 1 - before))
    return functional.max_pool2d(padded, size, stride=1)
