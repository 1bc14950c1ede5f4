"""Fuse the operations of a function, and capture one of static tensors in a CUDA graph."""

import contextlib
import functools
import gc
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import torch

from robust_parallel.errors import UserError

Function = TypeVar("Function", bound=Callable[..., Any])


def fused(function: Function, enabled: bool) -> Function:
    """Return a function whose operations are compiled into few kernels, by its first call; or itself, if disabled.

    Random numbers are those of the operations as they are written.

    Raises:
        UserError: by the first call: nothing can be compiled here, for want of a compiler, as a rule.
    """
    if not enabled:
        return function
    from torch._dynamo.exc import BackendCompilerFailed  # takes seconds to load

    compiled = torch.compile(function, dynamic=False, options={"fallback_random": True})

    @functools.wraps(function)
    def call(*args: Any) -> Any:
        try:
            return compiled(*args)
        except BackendCompilerFailed as error:
            reason = str(error).strip().splitlines()[0]
            raise UserError(f"torch.compile fails here, so that torch_compile has to be False: {reason}") from error

    fusing: Any = call
    return fusing


class CapturedFunction:
    """A function without arguments or result that is replayed from a CUDA graph once it has warmed up.

    Every call has the effect of exactly one call of the function. The first :attr:`WARMUP` calls run eagerly on a side
    stream, so that libraries choose their kernels and optimisers create their state; the next one records the graph,
    and from then on a call is a single launch. When disabled, as on a CPU, a call is just a call.

    The function has to read and write the same tensors each time (static shapes, no host reads, no Python branches on
    tensor values). Numbers held in Python are frozen at the time of recording.

    Streams, graphs and generators are those of torch's current device, which is made the tensors' for each call: what a
    function does on another than is recorded would be in no graph, and a replay would silently do nothing.
    """

    WARMUP = 3
    """Number of eager calls before the graph is recorded."""

    def __init__(self, function: Callable[[], None], device: torch.device, enabled: bool = True) -> None:
        """Wrap a function.

        Args:
            function: What to run; works in place on tensors which stay where they are.
            device: Where those tensors are, all of them.
            enabled: Whether to use a graph; without effect on a CPU.
        """
        self._function = function
        self._device = device
        self._enabled = enabled and device.type == "cuda"
        self._warmup_left = self.WARMUP
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """Run the function once, eagerly or from its graph."""
        if not self._enabled:
            self._function()
            return
        with torch.cuda.device(self._device):
            if self._warmup_left > 0:
                self._warmup_left -= 1
                self._run_on_side_stream()
                return
            if self._graph is None:
                self._graph = self._record()
            self._graph.replay()

    def reset(self) -> None:
        """Forget the graph, because a tensor used in it has been replaced. The next calls warm up again."""
        self._graph = None
        self._warmup_left = self.WARMUP

    def _run_on_side_stream(self) -> None:
        current, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(current)
        with torch.cuda.stream(side):
            self._function()
        current.wait_stream(side)

    def _record(self) -> torch.cuda.CUDAGraph:
        graph, stream = torch.cuda.CUDAGraph(), _recording_stream(torch.cuda.current_device())
        # Other threads, such as NCCL's watchdog, may go on calling CUDA meanwhile.
        with no_garbage_collection(), torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"):
            self._function()
        return graph


@functools.cache
def _recording_stream(device: int) -> torch.cuda.Stream:
    """The stream to record on: one a GPU, as libraries keep memory for each. Torch's own is on the GPU first used."""
    return torch.cuda.Stream(device)


@contextlib.contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Collect before a recording, not in it: freeing CUDA memory or destroying another graph is not permitted then."""
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
