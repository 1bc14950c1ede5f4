"""Torch's current stream, for Warp's launches."""

import functools

import torch
import warp as wp


def torch_stream(device: torch.device) -> wp.Stream | None:
    """The stream that torch issues its work on now; None on the CPU."""
    if device.type != "cuda":
        return None
    return _wrapped(torch.cuda.current_stream(device))


@functools.cache
def _wrapped(stream: torch.cuda.Stream) -> wp.Stream:
    """Torch's stream for Warp: one object a stream, since dropping one unregisters the stream for all others."""
    return wp.stream_from_torch(stream)
