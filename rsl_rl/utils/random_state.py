"""Seed, save and restore all random number generators a run draws from."""

import random
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and PyTorch on all devices."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def get_random_state(device: torch.device | str = "cpu") -> dict[str, Any]:
    """Return the state of the generators of Python, NumPy, the CPU and the given device.

    The result holds only tensors and plain data, so that it can be read back with ``weights_only=True``.
    """
    twister = np.random.get_state(legacy=False)
    assert isinstance(twister, dict)
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": {
            "key": torch.from_numpy(twister["state"]["key"].astype(np.int64)),
            "pos": int(twister["state"]["pos"]),
            "has_gauss": int(twister["has_gauss"]),
            "gauss": float(twister["gauss"]),
        },
        "torch": torch.get_rng_state(),
    }
    if torch.device(device).type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Any], device: torch.device | str = "cpu") -> None:
    """Restore what :func:`get_random_state` returned.

    A state saved without CUDA leaves the generator of a CUDA device as it is.
    """
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    twister = state["numpy"]
    key = twister["key"].cpu().numpy().astype(np.uint32)
    if not 0 <= twister["pos"] <= len(key):  # NumPy would read beyond its state
        raise ValueError(f"a position of {twister['pos']} in NumPy's generator of {len(key)} numbers")
    np.random.set_state(("MT19937", key, twister["pos"], twister["has_gauss"], twister["gauss"]))
    torch.set_rng_state(state["torch"].cpu())
    if "cuda" in state and torch.device(device).type == "cuda":
        torch.cuda.set_rng_state(state["cuda"].cpu(), device)
