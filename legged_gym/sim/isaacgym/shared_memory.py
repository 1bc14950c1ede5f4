"""Tensors that the worker shares: in ordinary memory, or in that of a GPU."""

import os
import weakref
from typing import Any

import torch

from legged_gym.sim.isaacgym.worker import arrays, cuda_memory
from legged_gym.utils.errors import UserError


class SharedMemory:
    """A block of ordinary memory without a name: it is gone with the processes that have it."""

    def __init__(self, shapes: arrays.Shapes) -> None:
        """Take memory for arrays, all 0."""
        self._places, self._size = arrays.layout(shapes)
        self._file = os.memfd_create("isaacgym")
        self._close = weakref.finalize(self, os.close, self._file)
        os.ftruncate(self._file, self._size)
        self.arrays = arrays.map_arrays(self._path, self._places, self._size)

    @property
    def _path(self) -> str:
        """Where another process of the same user finds it."""
        return f"/proc/{os.getpid()}/fd/{self._file}"

    def description(self) -> dict[str, Any]:
        """What the worker finds it by."""
        return {"file": self._path, "places": self._places, "size": self._size}


class SharedTensors:
    """Named tensors of a device that another process sees."""

    def __init__(self, shapes: arrays.Shapes, device: torch.device) -> None:
        """Take memory for them, all 0.

        Raises:
            UserError: the GPU's memory cannot be shared.
        """
        self._device = device
        if device.type == "cpu":
            self._memory = SharedMemory(shapes)
            self.tensors = {name: torch.from_numpy(array) for name, array in self._memory.arrays.items()}
            return
        self._memory = None
        self._places, size = arrays.layout(shapes)
        try:
            with torch.cuda.device(device):
                torch.zeros(1, device=device)  # the device's context is the current one now
                block = cuda_memory.allocated(size)
                self._handle = block.handle()
        except cuda_memory.CudaError as error:
            raise UserError(f"isaacgym: the memory of {device} cannot be shared: {error}") from None
        self.tensors = {
            name: torch.as_tensor(block.view(kind, shape, first), device=device)
            for name, (kind, shape, first) in self._places.items()
        }

    def description(self) -> dict[str, Any]:
        """What the worker finds them by."""
        if self._memory is not None:
            return self._memory.description()
        return {"places": self._places, "handle": self._handle}
