"""How much memory a device has, so that what it cannot hold is refused before it is filled; and what is kept of it."""

import ctypes
import os

from robust_parallel.errors import UserError

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of GNU's `mallopt`."""
_KEPT = 2**30
"""Freed memory that stays, and the largest piece that comes from it, bytes."""


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


def keep_freed_memory() -> None:
    """Let this process use again what it has freed, where the C library can be told so.

    A learner on the CPU allocates the same tensors of some MB in each mini-batch. The system would take them back and
    give them again page by page, each filled with zeros: up to a sixth of the learner's time.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    if mallopt is not None:
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _KEPT)
