"""State that was saved, seen to be what it is to be before anything takes it up."""

import torch

MOST_ITERATIONS = 10**9
"""No training has more: one a second takes 32 years."""


def checked(
    name: str, saved: object, like: torch.Tensor, least: float, most: float, any_length: bool = False
) -> torch.Tensor:
    """Return a saved tensor, on the device of what it is to replace.

    Args:
        name: Of the value, for the message.
        saved: What was saved.
        like: A tensor of the shape, the kind of numbers and the device that it must have.
        least: Least that a number may be.
        most: Most that it may be.
        any_length: The first dimension may differ.

    Raises:
        ValueError: It is no such tensor, or a number in it is none that it may be.
    """
    first = int(any_length)
    if not isinstance(saved, torch.Tensor) or saved.shape[first:] != like.shape[first:] or saved.dim() != like.dim():
        raise ValueError(f"{name} is no tensor of shape {list(like.shape)}")
    if saved.dtype.is_floating_point != like.dtype.is_floating_point:
        raise ValueError(f"{name} holds {saved.dtype}, expected {like.dtype}")
    if not ((saved >= least) & (saved <= most)).all():  # NaN is neither
        raise ValueError(f"{name} must be from {least:g} to {most:g}")
    return saved.to(like.device)


def is_iteration(saved: object) -> bool:
    """Whether a saved value is a number of iterations that a training can come to."""
    return type(saved) is int and 0 <= saved <= MOST_ITERATIONS
