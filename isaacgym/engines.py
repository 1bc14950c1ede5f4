"""Which engine steps a simulation, and on what device."""

import logging
import math
import os

import numpy as np
import torch

from isaacgym.contract import Engine
from isaacgym.drives import is_driven
from isaacgym.engine import MujocoEngine
from isaacgym.faces import cell_corners
from isaacgym.grids import Grid
from isaacgym.model import build_model
from isaacgym.scene import Sim
from robust_parallel.errors import UserError

logger = logging.getLogger(__name__)

_VARIABLE = "ISAACGYM_ENGINE"
"""Environment variable that chooses the engine."""
_MUJOCO, _WARP = "mujoco", "mujoco_warp"


def choose_engine(on_gpu: bool, index: int) -> tuple[str, torch.device]:
    """The engine and the device of its tensors.

    Tensors on a GPU mean MuJoCo Warp, tensors on the CPU MuJoCo C. `ISAACGYM_ENGINE=mujoco_warp` means MuJoCo Warp on
    the CPU too, slow, for tests; `ISAACGYM_ENGINE=mujoco` means MuJoCo C whatever the script asks for: scripts without
    flags name their device twice, and one that says `cpu` may still leave `use_gpu_pipeline` on.

    Args:
        on_gpu: tensors are to lie on a GPU; where torch finds none, they lie on the CPU, which is told.
        index: which.

    Raises:
        UserError: there is no GPU of that index, or the variable names no engine.
    """
    name = os.environ.get(_VARIABLE, "").strip()
    if name not in ("", _MUJOCO, _WARP):
        raise UserError(f"isaacgym: {_VARIABLE}={name!r}; use {_MUJOCO} or {_WARP}, or leave it out")
    if name == _MUJOCO:
        on_gpu = False
    elif on_gpu and not torch.cuda.is_available():
        logger.warning("isaacgym: torch finds no CUDA GPU: physics and tensors on the CPU, for scripts that say so too")
        on_gpu = False
    if not on_gpu:
        return name or _MUJOCO, torch.device("cpu")
    count = torch.cuda.device_count()
    if index >= count:
        raise UserError(f"isaacgym: create_sim: there is no cuda:{index}; GPUs here: {count}")
    return _WARP, torch.device("cuda", index)


def make_engine(sim: Sim, self_collisions: bool) -> Engine:
    """Compile a world and start its engine.

    Args:
        sim: the world.
        self_collisions: let parts of a robot touch each other.

    Raises:
        UserError: MuJoCo refuses the robot, or MuJoCo Warp is not installed.
    """
    on_warp = sim.engine_name == _WARP
    ground = sim.ground()
    driven = any(is_driven(actor.dof_properties).any() for actor in sim.actors)
    model = build_model(sim.actors[0].asset, sim.params, ground, sim.boxes(), self_collisions, driven, on_gpu=on_warp)
    poses = np.array([actor.pose for actor in sim.actors])
    friction = ground.friction if isinstance(ground, Grid) else ground.dynamic_friction if ground else 0.0
    if not on_warp:
        return MujocoEngine(model, poses, sim.params.substeps, friction)
    from isaacgym.warp_engine import WarpEngine  # here: MuJoCo Warp need not be installed

    walls = None
    if isinstance(ground, Grid) and math.isfinite(ground.steep):
        walls = cell_corners(ground.heights, ground.steep)
    return WarpEngine(model, poses, sim.params.substeps, friction, sim.device, walls)
