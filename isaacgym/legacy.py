"""What forks count on and newer NumPy and PyTorch, or a computer without a GPU, do not have."""

# PyTorch's table of the functions that TorchScript knows has no public name.
# pyright: reportPrivateUsage=false

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.jit import _builtins as torch_script

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
    """Give the modules the names that they lack; what they have stays, but for `torch.clip` and `clamp`."""
    for name, meaning in _NUMPY.items():
        if name not in np.__dict__ and meaning is not None:
            setattr(np, name, meaning)
    for name in _TORCH:
        if not hasattr(torch._C, name):
            setattr(torch._C, name, _ignore)
    for name in ("clip", "clamp"):
        clip = getattr(torch, name)
        if clip(torch.tensor(1), 0.0, 2.0).is_floating_point():
            setattr(torch, name, _keeping_integers(clip))
    if not torch.cuda.is_available():  # a script that is told to use the CPU may still write torch.cuda.FloatTensor
        for name in _CUDA_TENSORS:
            setattr(torch.cuda, name, getattr(torch, name))


def _ignore(*_: Any) -> None:
    """What a setting does that is no more."""


def _keeping_integers(clip: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Integers between whole bounds, be they written as 0.0, stay integers: PyTorch did so, and indices have to be."""

    @functools.wraps(clip)
    def clipped(input: torch.Tensor, min: Any = None, max: Any = None, **out: Any) -> torch.Tensor:
        if isinstance(input, torch.Tensor) and not input.is_floating_point():
            min, max = _whole(min), _whole(max)
        return clip(input, min, max, **out)

    torch_script._register_builtin(clipped, f"aten::{clip.__name__}")  # scripted functions call PyTorch's own
    return clipped


def _whole(bound: Any) -> Any:
    return int(bound) if isinstance(bound, float) and bound.is_integer() else bound
