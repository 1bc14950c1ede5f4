"""Names that forks use and that newer NumPy and PyTorch, or a computer without a GPU, do not have."""

from typing import Any

import numpy as np
import torch

_NUMPY = {
    "float": float,
    "int": int,
    "bool": bool,
    "object": object,
    "complex": complex,
    "str": str,
    "Inf": np.inf,
    "NaN": np.nan,
    "product": np.prod,
    "in1d": np.isin,
    "trapz": np.trapezoid if hasattr(np, "trapezoid") else None,
}
_TORCH = ("_jit_set_profiling_mode", "_jit_set_profiling_executor")
"""Settings of the TorchScript compiler: they change speed, not results."""
_CUDA_TENSORS = ("FloatTensor", "DoubleTensor", "HalfTensor", "LongTensor", "IntTensor", "ByteTensor", "BoolTensor")


def restore_names() -> None:
    """Give the modules the names that they lack; what they have stays."""
    for name, meaning in _NUMPY.items():
        if name not in np.__dict__ and meaning is not None:
            setattr(np, name, meaning)
    for name in _TORCH:
        if not hasattr(torch._C, name):
            setattr(torch._C, name, _ignore)
    if not torch.cuda.is_available():  # a script that is told to use the CPU may still write torch.cuda.FloatTensor
        for name in _CUDA_TENSORS:
            setattr(torch.cuda, name, getattr(torch, name))


def _ignore(*_: Any) -> None:
    """What a setting does that is no more."""
