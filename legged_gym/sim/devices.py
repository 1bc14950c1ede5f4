"""Which physics engine and device a run uses, how many CPU threads, and whether there is a display.

Torch is imported where it is asked for, so that programs without it can use the command line and count cores.
"""

import contextlib
import os
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from legged_gym.sim.engines import AUTO, ENGINES, MUJOCO, MUJOCO_WARP, engine_name
from legged_gym.utils.errors import UserError
from robust_parallel.cores import available_cores
from robust_parallel.memory import memory_of
from robust_parallel.processes import place_of_process
from robust_parallel.warp_physics.package import missing_package

MEMORY_PER_ROBOT = 20_000
"""Least that an environment takes, bytes: the Go2 on a plane takes 22 kB on the CPU, before anything is learned."""


@dataclass(frozen=True)
class Placement:
    """Where a run computes."""

    engine: str
    """Name of the engine in `ENGINES`, or `module:Class`."""
    sim_device: str
    """Device of the simulator's and the environment's tensors."""
    rl_device: str
    """Device of the learner."""


def choose_placement(engine: str, sim_device: str | None = None, rl_device: str | None = None) -> Placement:
    """Pick engine and devices.

    `auto` is MuJoCo Warp on a CUDA GPU where both the GPU and the package are usable, else MuJoCo C on the CPU. The
    learner runs where the simulator runs, unless told otherwise.

    Args:
        engine: its name, or `auto`.
        sim_device: torch device name or None for the engine's own choice.
        rl_device: torch device name or None for the simulator's device.

    Raises:
        UserError: the engine or device is unknown or not usable here.
    """
    engine = engine_name(engine)
    wanted = None if sim_device is None else check_device(sim_device)
    if engine == AUTO:
        engine = MUJOCO if wanted == "cpu" or (wanted is None and _warp_fault()) else MUJOCO_WARP
    if engine == MUJOCO_WARP:
        device = wanted or f"cuda:{_own_gpu()}"
        fault = missing_package() if device == "cpu" else _warp_fault()
        if fault:
            raise UserError(f"the mujoco_warp engine cannot run on {device}: {fault}")
    else:
        kinds = ENGINES[engine].device_types
        device = wanted or _first_usable(kinds)
        if device.partition(":")[0] not in kinds:
            raise UserError(
                f"the {engine} engine runs on {' or '.join(kinds)}, not on {device}; choose another by --sim"
            )
    return Placement(engine, device, device if rl_device is None else check_device(rl_device))


def check_device(name: str) -> str:
    """A torch device name in full: `cuda` is `cuda:0`, or the GPU of this process's number under torchrun.

    Raises:
        UserError: no such device here.
    """
    import torch

    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        raise UserError(f"unknown device {name!r}; use cpu or cuda:0, cuda:1, ...") from None
    if device.type == "cpu" and not device.index:
        return "cpu"
    if device.type != "cuda":
        raise UserError(f"device {name!r} is not supported; use cpu or cuda:0, cuda:1, ...")
    index = _own_gpu() if device.index is None else device.index
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if index >= count:
        raise UserError(f"there is no device {name!r}: torch sees {count} CUDA GPUs")
    return f"cuda:{index}"


def _first_usable(kinds: Sequence[str]) -> str:
    """The device of the first of an engine's kinds that there is; of the last one in any case.

    Raises:
        UserError: no device is of the last kind.
    """
    for kind in kinds[:-1]:
        with contextlib.suppress(UserError):
            return check_device(kind)
    return check_device(kinds[-1])


def _own_gpu() -> int:
    """The first GPU, or that of this process's number under torchrun."""
    return place_of_process().local_rank


def _warp_fault() -> str:
    """Why MuJoCo Warp cannot run on a GPU here; empty when it can."""
    import torch

    if not torch.cuda.is_available():
        return "torch sees no CUDA GPU"
    if fault := missing_package():
        return fault
    import warp

    return "" if warp.get_cuda_device_count() > 0 else "warp sees no CUDA GPU"


def check_memory(num_envs: int, device: str) -> None:
    """Refuse robots that no memory of the device holds, before it is filled.

    Raises:
        UserError: they are too many.
    """
    memory = memory_of(device)
    if num_envs * MEMORY_PER_ROBOT > memory:
        most = memory // MEMORY_PER_ROBOT
        raise UserError(f"{num_envs} environments need more memory than {device} has; at most {most} fit (--num_envs)")


def use_available_cores() -> None:
    """Let torch compute on every core this process may use."""
    import torch

    torch.set_num_threads(available_cores())


def has_display() -> bool:
    """Whether a window can be opened here: on Linux, there is a display and it answers."""
    if not sys.platform.startswith("linux"):
        return True
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")):
        return False
    import glfw

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GLFW warns of what is told here
        return bool(glfw.init())
