"""How much memory a device has: what it cannot hold is refused before it is filled."""

import os

from robust_parallel.errors import UserError


def require_room(num_bytes: int, device: str, what: str) -> None:
    """See that a device's memory could hold something, were there nothing else in it.

    Args:
        num_bytes: its size.
        device: torch device.
        what: its name in the message, and what makes it smaller.

    Raises:
        UserError: it could not.
    """
    if num_bytes > (memory := memory_of(device)):
        sizes = f"{num_bytes / 2**30:,.0f} GiB, {device} has {memory / 2**30:,.0f}"
        raise UserError(f"{what} would need {sizes}")


def memory_of(device: str) -> int:
    """The memory of a device, bytes."""
    if not device.startswith("cuda"):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    import torch

    return torch.cuda.get_device_properties(device).total_memory
