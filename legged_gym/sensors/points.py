"""Where sensors of the ground look: points that turn with the robot."""

import torch


def turned(offsets: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
    """Offsets in the yaw-aligned base frame [P, 2], m, in world axes [N, P, 2].

    Args:
        offsets: forward and to the left.
        heading: unit vector of the base's heading [N, 2].
    """
    (x, y), (c, s) = offsets.unbind(dim=1), heading[:, :, None].unbind(dim=1)
    return torch.stack((c * x - s * y, s * x + c * y), dim=-1)
