"""One process for each GPU: a thin layer over torch.distributed which does nothing in a single process."""

import logging
import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch.distributed.rendezvous import rendezvous

from robust_parallel.processes import place_of_process
from rsl_rl.utils.differences import MISSING, differences
from rsl_rl.utils.errors import ConfigError

logger = logging.getLogger(__name__)

T = TypeVar("T")
PATIENCE = timedelta(minutes=2)
"""Time to wait for the other processes at the start."""


def local_device(device: str) -> str:
    """Return the device of this process: "cuda" becomes "cuda:0", "cuda:1" ... by its number on this machine."""
    return f"cuda:{place_of_process().local_rank}" if device == "cuda" else device


@dataclass(frozen=True)
class Distributed:
    """The place of this process among those which train together.

    All reductions are in place, and do nothing when ``world_size`` is 1.
    """

    rank: int = 0
    """Number of this process, from 0. Rank 0 logs and saves."""

    world_size: int = 1
    """Number of processes."""

    @classmethod
    def from_environment(cls, device: torch.device | str) -> "Distributed":
        """Join the processes started by ``torchrun``, with NCCL on CUDA and gloo elsewhere.

        Reads ``WORLD_SIZE`` and the other variables set by torchrun. Without them, this process is alone.

        Args:
            device: The device of this process, see :func:`local_device`.

        Raises:
            UserError: The variables contradict each other.
            ConfigError: The other processes did not come.
        """
        device = torch.device(device)
        place = place_of_process()
        if place.world_size == 1:
            return cls()
        if device.type == "cuda":
            torch.cuda.set_device(device)
        if not dist.is_initialized():
            try:
                socket.getaddrinfo(os.environ["MASTER_ADDR"], None)  # torch takes minutes for a name that is none
                others, seconds = place.world_size - 1, PATIENCE.total_seconds()
                logger.info("process %d waits for %d more, %g s at most", place.rank, others, seconds)
                store, rank, size = next(rendezvous("env://", place.rank, place.world_size, timeout=PATIENCE))
            except (dist.DistError, OSError, RuntimeError, ValueError) as error:
                reason = str(error).splitlines()[0]
                raise ConfigError(f"the other {place.world_size - 1} processes did not come: {reason}") from error
            backend = "nccl" if device.type == "cuda" else "gloo"
            dist.init_process_group(backend, store=store, rank=rank, world_size=size)
        return cls(dist.get_rank(), dist.get_world_size())

    @property
    def is_main(self) -> bool:
        """Whether this process logs and saves."""
        return self.rank == 0

    def sum_(self, tensor: torch.Tensor) -> torch.Tensor:
        """Replace the tensor by its sum over the processes."""
        if self.world_size > 1:
            dist.all_reduce(tensor)
        return tensor

    def mean_(self, tensor: torch.Tensor) -> torch.Tensor:
        """Replace the tensor by its mean over the processes."""
        return self.sum_(tensor).div_(self.world_size) if self.world_size > 1 else tensor

    def mean_var(self, samples: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and population variance over the first dimension of all processes' samples together.

        Two passes, since the difference of two large sums loses all digits in single precision. Every process has to
        bring the same number of samples.

        Args:
            samples: [n, ...].
        """
        mean = self.mean_(samples.mean(dim=0))
        return mean, self.mean_((samples - mean).square_().mean(dim=0))

    def broadcast_(self, tensors: Iterable[torch.Tensor]) -> None:
        """Overwrite the tensors by those of rank 0."""
        if self.world_size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def from_main(self, value: T) -> T:
        """Return the value that rank 0 has: a number, a string or the like."""
        if self.world_size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0)
        return box[0]

    def require_same(self, settings: Mapping[str, Any]) -> None:
        """See that all processes have the same settings, plain data: networks that differ cannot be reduced together.

        Raises:
            ConfigError: One has others; in all processes alike.
        """
        if self.world_size == 1:
            return
        boxes: list[Any] = [None] * self.world_size
        dist.all_gather_object(boxes, dict(settings))
        for rank, other in enumerate(boxes):
            for name, *values in differences(boxes[0], other):
                ours, theirs = (None if value is MISSING else value for value in values)
                raise ConfigError(
                    f"process {rank} has other settings than process 0: {name} is {theirs!r}, not {ours!r}; start all "
                    "with the same"
                )

    def any(self, flag: bool, device: torch.device | str) -> bool:
        """Return whether the flag is set in any process."""
        if self.world_size == 1:
            return flag
        return bool(self.sum_(torch.tensor([float(flag)], device=device)).item())
