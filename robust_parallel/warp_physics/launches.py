"""Work of the GPU prepared once and issued again and again: kernel launches with bound arguments, captured graphs."""

from collections.abc import Callable
from typing import Any, cast

import torch
import warp as wp

from robust_parallel.graph import no_garbage_collection


def record_launch(
    kernel: Any, dim: int | tuple[int, ...], inputs: list[Any], outputs: list[Any], device: wp.Device
) -> wp.Launch:
    """A launch with its arguments bound, not issued yet."""
    launch = wp.launch(kernel, dim, inputs, outputs, device=device, record_cmd=True)
    return cast(wp.Launch, launch)


def capture(function: Callable[[], None], device: wp.Device) -> wp.Graph:
    """Run what issues work on Warp's current stream once, to load its kernels, then capture it; waits for the GPU.

    On a stream of its own: the legacy default stream cannot be captured. Warp knows a capture by its stream object, so
    that the same one must be current and captured.
    """
    torch.cuda.synchronize(wp.device_to_torch(device))
    stream = wp.Stream(device)
    with wp.ScopedStream(stream), no_garbage_collection():
        function()
        wp.synchronize_stream(stream)
        with wp.ScopedCapture(stream=stream) as captured:
            function()
    return cast(wp.Graph, captured.graph)
