"""What the calls pass instead of torch tensors."""

import torch

from isaacgym.enums import TensorDataType

_KINDS = {
    torch.float32: TensorDataType.DTYPE_FLOAT32,
    torch.uint8: TensorDataType.DTYPE_UINT8,
    torch.int16: TensorDataType.DTYPE_INT16,
    torch.int32: TensorDataType.DTYPE_INT32,
}


class Tensor:
    """A handle of a tensor; it keeps the tensor alive."""

    own_data = False

    def __init__(self, tensor: torch.Tensor) -> None:
        """A handle of a contiguous tensor.

        Raises:
            TypeError: it is none, or its elements are of a type that Isaac Gym's tensors do not have.
            ValueError: it is not contiguous.
        """
        if not isinstance(tensor, torch.Tensor):
            raise TypeError(f"isaacgym: the calls take torch tensors, not {type(tensor).__name__}")
        if tensor.dtype not in _KINDS:
            raise TypeError(f"isaacgym: a tensor of {tensor.dtype}; the calls take float32 and int32")
        if not tensor.is_contiguous():
            raise ValueError("isaacgym: this tensor is a view with gaps; the calls take contiguous ones: .contiguous()")
        self.torch_tensor = tensor

    @property
    def data_ptr(self) -> int:
        """Address of the first element."""
        return self.torch_tensor.data_ptr()

    data_address = data_ptr

    @property
    def device(self) -> int:
        """Index of the GPU, -1 for the CPU."""
        device = self.torch_tensor.device
        return -1 if device.type == "cpu" else device.index or 0

    @property
    def dtype(self) -> TensorDataType:
        """Type of the elements."""
        return _KINDS[self.torch_tensor.dtype]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes."""
        return tuple(self.torch_tensor.shape)

    @property
    def ndim(self) -> int:
        """Number of sizes."""
        return self.torch_tensor.ndim
