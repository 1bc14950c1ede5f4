"""State between the engine and tensors."""

import math
from typing import Any

import torch

from isaacgym.descriptor import Tensor
from isaacgym.scene import Sim
from robust_parallel.errors import UserError


def acquire(sim: Sim, name: str, per_actor: int, width: int) -> Tensor:
    """The handle of a state tensor, made and filled at the first call."""
    sim.prepared()
    if name not in sim.tensors:
        with torch.inference_mode(False):  # scripts write into it in and out of inference mode
            sim.tensors[name] = torch.zeros(per_actor * len(sim.actors), width, device=sim.engine.device)
        refresh(sim, name)
    return Tensor(sim.tensors[name])


def refresh(sim: Sim, name: str) -> bool:
    """Fill a state tensor; one that nobody acquired needs no filling."""
    sim.prepared()
    if name in sim.tensors:
        _read(sim, name, sim.tensors[name])
    return True


def snapshot(sim: Sim, name: str, per_actor: int, width: int) -> torch.Tensor:
    """The state at present in a tensor of its own [A, per_actor, width]."""
    out = torch.zeros(per_actor * len(sim.actors), width, device=sim.prepared().device)
    _read(sim, name, out)
    return out.view(len(sim.actors), per_actor, width)


def by_robot(sim: Sim, tensor: Tensor, per_actor: int, width: int) -> Any:
    """What a script's tensor holds as the engine takes it, by robot [A, per_actor, width].

    Raises:
        UserError: it holds more or less.
    """
    given, shape = content(tensor), (len(sim.actors), per_actor, width)
    if given.numel() != math.prod(shape):
        raise UserError(f"isaacgym: a tensor {list(given.shape)}; all actors have {' x '.join(map(str, shape))} values")
    return sim.prepared().array(given).reshape(shape)


def content(tensor: Tensor) -> torch.Tensor:
    """What a handle is of.

    Raises:
        UserError: it is no handle.
    """
    if not isinstance(tensor, Tensor):
        raise UserError(f"isaacgym: expected a tensor as gymtorch.unwrap_tensor gives it, not {type(tensor).__name__}")
    return tensor.torch_tensor


def everyone(sim: Sim) -> Any:
    """All robots, as the engine takes rows."""
    return sim.prepared().array(torch.arange(len(sim.actors), device=sim.engine.device))


def _read(sim: Sim, name: str, out: torch.Tensor) -> None:
    rows = sim.engine.array(out.view(len(sim.actors), -1, out.shape[1]))
    getattr(sim.engine, f"read_{name}")(rows[:, 0] if name == "roots" else rows)
