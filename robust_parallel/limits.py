"""What numbers of a training may be."""

import torch

LARGEST_REWARD = 1.0e9
"""Of a step, without its sign: beyond it a formula is broken, and squares of returns leave single precision."""


def is_sound(rewards: torch.Tensor) -> torch.Tensor:
    """Whether rewards, or terms of them, are finite and of a size that can be learned from [...] bool."""
    return rewards.abs() <= LARGEST_REWARD
