"""What a velocity command asks for."""

import torch


def asks_for_motion(commands: torch.Tensor, dead_zone: torch.Tensor) -> torch.Tensor:
    """Whether a robot is commanded to move [N] bool.

    Args:
        commands: forward, sideways and yaw velocity [N, 3], m/s and rad/s.
        dead_zone: what counts as none of each [3], if no command is beyond its own.
    """
    return (commands.abs() > dead_zone).any(dim=1)
