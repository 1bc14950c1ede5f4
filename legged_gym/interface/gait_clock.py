"""A clock that tells each leg where it is in its stride: functions of tensors, for any number of robots."""

import math

import torch


def advanced(cycle: torch.Tensor, passed: float, moving: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
    """The share of the stride that has passed [N], in [0, 1), after another part of it.

    Args:
        cycle: before [N].
        passed: strides since then.
        moving: robots that are asked to move [N] bool; the clocks of the others wait at the stride's beginning.
        out: where to write the result; may be `cycle`.
    """
    return torch.mul(torch.remainder(cycle + passed, 1.0), moving, out=out)


def phases(cycle: torch.Tensor, offsets: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
    """Phase of each leg [N, L], in [0, 1), at a share of the stride [N] and the legs' offsets in strides [N, L]."""
    return torch.remainder(cycle[:, None] + offsets, 1.0, out=out)  # pyright: ignore[reportCallIssue, reportArgumentType]


def waves(phase: torch.Tensor) -> torch.Tensor:
    """Sine of every leg's phase [N, L], then the cosines [N, 2 L]: a phase without its jump from 1 to 0."""
    angle = 2.0 * math.pi * phase
    return torch.cat((angle.sin(), angle.cos()), dim=1)
