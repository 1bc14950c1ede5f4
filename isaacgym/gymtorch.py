"""Between torch tensors and the handles that the calls take."""

import torch

from isaacgym.descriptor import Tensor


def wrap_tensor(gym_tensor: Tensor) -> torch.Tensor:
    """The torch tensor of a handle: the same storage for the simulation's life.

    Raises:
        TypeError: it is no handle.
    """
    if not isinstance(gym_tensor, Tensor):
        raise TypeError(f"isaacgym: wrap_tensor takes what acquire_... gives, not {type(gym_tensor).__name__}")
    return gym_tensor.torch_tensor


def unwrap_tensor(torch_tensor: torch.Tensor) -> Tensor:
    """The handle of a contiguous torch tensor."""
    return Tensor(torch_tensor)
