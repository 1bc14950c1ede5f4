"""Two computations at the same time on the CPU."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

import torch

from rsl_rl.utils.threads import limited_threads, threads_worth

T = TypeVar("T")


class SecondThread:
    """Computes one thing beside another, each with half of torch's threads or as many as it is worth.

    What is done with a mini-batch are some hundred operations of a few dozen microseconds. Divided among threads each,
    they take longer to wake them than to compute; two that know nothing of each other, as an actor's and a critic's
    gradients, meet once.
    """

    def __init__(self, enabled: bool, work: float) -> None:
        """Prepare the thread.

        Args:
            enabled: Whether to use it; without, or where torch has one thread, things are done one after another.
            work: Multiply-adds of a forward pass of each of the two.
        """
        use = enabled and torch.get_num_threads() > 1
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="second thread") if use else None
        self._work = work

    def sharing(self) -> AbstractContextManager[None]:
        """Divide torch's threads, for as long as things are computed side by side."""
        if self._pool is None:
            return nullcontext()
        return limited_threads(min(max(1, torch.get_num_threads() // 2), threads_worth(self._work)))

    def begin(self, function: Callable[..., T], *args: Any) -> Callable[[], T]:
        """Begin to compute something, and return what waits for the result."""
        if self._pool is not None:
            return self._pool.submit(function, *args).result
        result = function(*args)
        return lambda: result
