"""Two computations at the same time on the CPU."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import torch

T = TypeVar("T")


class SecondThread:
    """Computes one thing beside another, each with half of torch's threads.

    What is done with a mini-batch are some hundred operations of a few dozen microseconds. Divided among threads each,
    they take longer to wake them than to compute; two that know nothing of each other, as an actor's and a critic's
    gradients, meet once.
    """

    def __init__(self, enabled: bool) -> None:
        """Prepare the thread.

        Args:
            enabled: Whether to use it; without, or where torch has one thread, things are done one after another.
        """
        use = enabled and torch.get_num_threads() > 1
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="second thread") if use else None

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Divide torch's threads, for as long as things are computed side by side."""
        num_threads = torch.get_num_threads()
        if self._pool is not None:
            torch.set_num_threads(max(1, num_threads // 2))
        try:
            yield
        finally:
            if self._pool is not None:
                torch.set_num_threads(num_threads)

    def begin(self, function: Callable[..., T], *args: Any) -> Callable[[], T]:
        """Begin to compute something, and return what waits for the result."""
        if self._pool is not None:
            return self._pool.submit(function, *args).result
        result = function(*args)
        return lambda: result
