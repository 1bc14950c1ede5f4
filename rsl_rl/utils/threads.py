"""How many of torch's threads a computation on the CPU is worth."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

THREAD_WORK = 3e7
"""Multiply-adds of a network, forwards, that are worth a thread: most of its operations then take some 100 us or more.

A thread that sleeps takes some 40 us to wake in each of them, and threads that share the product of a weight's gradient
spin until the slowest has come: 1536 samples of a small network (2.6e7) took two threads 1.8 times the processor time
of one, on two busy cores.
"""


def forward_work(policy: nn.Module, samples: float) -> float:
    """Return the multiply-adds of a forward pass of so many samples: of each, one for every weight."""
    return samples * sum(parameter.numel() for parameter in policy.parameters())


def threads_worth(work: float) -> int:
    """Return the number of threads, of those that torch has, for a forward pass of so many multiply-adds."""
    return int(min(max(work / THREAD_WORK, 1.0), torch.get_num_threads()))


@contextmanager
def limited_threads(number: int) -> Iterator[None]:
    """Let torch compute with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
