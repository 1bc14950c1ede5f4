"""Names that forks of 2021 to 2023 use and that newer NumPy and PyTorch no longer have."""

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


def restore_names() -> None:
    """Give the modules the names that they lack; what they have stays."""
    for name, meaning in _NUMPY.items():
        if name not in np.__dict__ and meaning is not None:
            setattr(np, name, meaning)
    for name in _TORCH:
        if not hasattr(torch._C, name):
            setattr(torch._C, name, _ignore)


def _ignore(*_: Any) -> None:
    """What a setting does that is no more."""
