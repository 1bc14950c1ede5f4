"""Memory of a GPU that two processes share, by CUDA's driver, whose version is one whatever PyTorch each of them has.

The context of a device must be current: that of PyTorch, once it has used the device.
"""

import contextlib
import ctypes
from typing import Any, Sequence

HANDLE_SIZE = 64
"""Of what another process opens memory by, bytes."""
_LAZY_PEER_ACCESS = 1
"""`CU_IPC_MEM_LAZY_ENABLE_PEER_ACCESS`, the one flag there is."""


class CudaError(Exception):
    """The driver's word that it cannot."""


class _Handle(ctypes.Structure):
    _fields_ = [("reserved", ctypes.c_byte * HANDLE_SIZE)]


class Block:
    """Memory that this process has taken, or opened; it goes back with the last view of it."""

    def __init__(self, address: int, give_back: str) -> None:
        """Memory at an address, and the driver's function that gives it back."""
        self.address, self._give_back = address, give_back

    def __del__(self) -> None:
        with contextlib.suppress(CudaError, TypeError):  # at the process's end the driver may be gone already
            _call(self._give_back, ctypes.c_uint64(self.address))

    def handle(self) -> str:
        """What another process opens this memory by, as hexadecimal digits."""
        handle = _Handle()
        _call("cuIpcGetMemHandle", ctypes.byref(handle), ctypes.c_uint64(self.address))
        return bytes(bytearray(handle)).hex()

    def view(self, kind: str, shape: Sequence[int], first: int) -> Any:
        """What `torch.as_tensor` makes a tensor of: elements of a type from some byte of the memory on."""
        return _View(self, kind, shape, first)


class _View:
    def __init__(self, block: Block, kind: str, shape: Sequence[int], first: int) -> None:
        self._block = block
        self.__cuda_array_interface__ = {
            "data": (block.address + first, False), "typestr": kind, "shape": tuple(shape), "strides": None,
            "version": 2,
        }  # fmt: skip


def allocated(size: int) -> Block:
    """New memory of so many bytes, all 0."""
    address = ctypes.c_uint64()
    _call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
    block = Block(address.value, "cuMemFree_v2")
    _call("cuMemsetD8_v2", address, ctypes.c_ubyte(0), ctypes.c_size_t(size))
    return block


def opened(handle: str) -> Block:
    """Another process's memory, by its handle."""
    address = ctypes.c_uint64()
    _call(
        "cuIpcOpenMemHandle_v2", ctypes.byref(address), _Handle.from_buffer_copy(bytes.fromhex(handle)),
        ctypes.c_uint(_LAZY_PEER_ACCESS),
    )  # fmt: skip
    return Block(address.value, "cuIpcCloseMemHandle")


def _call(name: str, *arguments: Any) -> None:
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError as error:
        raise CudaError(str(error)) from None
    status = getattr(driver, name)(*arguments)
    if status != 0:
        text = ctypes.c_char_p()
        driver.cuGetErrorString(status, ctypes.byref(text))
        raise CudaError("{}: {}".format(name, (text.value or b"unknown error").decode()))
