"""A robot on its terrain as the worker is told it."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import contextlib
from collections.abc import Iterator
from typing import Any

import mujoco

from legged_gym.sim.config import AssetCfg, SimCfg
from legged_gym.sim.isaacgym.ground_mesh import ground_meshes
from legged_gym.sim.isaacgym.shared_memory import SharedMemory
from legged_gym.sim.robot_model import RobotModel, asset_path
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.errors import UserError


def refuse_what_is_not_there(asset: AssetCfg, robot: RobotModel) -> None:
    """Make sure that a robot needs nothing that Isaac Gym lacks.

    Raises:
        UserError: it does.
    """
    if robot.mimics:
        follower = robot.dof_names[robot.mimics[0][0]]
        raise UserError(f"the isaacgym engine has no joints that follow others, such as {follower!r}")
    if asset.torsional_friction:
        raise UserError("the isaacgym engine has no torsional friction: leave asset.torsional_friction at 0")


def describe_simulation(sim: SimCfg, device: str) -> dict[str, Any]:
    """What `open` takes."""
    return {"device": device, "dt": sim.dt, "gravity": list(sim.gravity), "threads": sim.num_threads}


def describe_robot(asset: AssetCfg, robot: RobotModel) -> dict[str, Any]:
    """The robot of `build`."""
    path = asset_path(asset)
    return {
        "folder": str(path.parent),
        "file": path.name,
        "fixed_base": robot.fixed_base,
        "self_collisions": bool(asset.self_collisions),
        "joints": robot.dof_names,
        "bodies": robot.body_names,
        "servos": robot.servos.tolist(),
        "wheels": [mode == "velocity" for mode in robot.drive_modes],
        "base": {**_nominal_base(robot), "welded": _welded_to_base(robot)},
    }


def _nominal_base(robot: RobotModel) -> dict[str, Any]:
    """Mass, kg, and centre of mass [3], m, of the base with all that is welded to it, as its description has them."""
    model, base = robot.model, robot.base_id
    return {"mass": float(model.body_mass[base]), "com": model.body_ipos[base].tolist()}


def _welded_to_base(robot: RobotModel) -> dict[str, list[list[float]]]:
    """The base and the bodies that are welded to it, with the rotation [3, 3] from its frame to theirs."""
    model = robot.model
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    turns = data.xmat.reshape(-1, 3, 3)
    return {
        name: (turns[body].T @ turns[robot.base_id]).tolist()
        for name, body in zip(robot.body_names, robot.body_ids, strict=True)
        if model.body_weldid[body] == model.body_weldid[robot.base_id]
    }


@contextlib.contextmanager
def shared_ground(terrain: TerrainLike) -> Iterator[dict[str, Any] | None]:
    """A terrain's meshes in memory that is there for as long as the worker builds its world of them; None: a plane."""
    if terrain.is_plane:
        yield None
        return
    meshes = ground_meshes(terrain)
    parts = {f"{key}{i}": getattr(mesh, key) for i, mesh in enumerate(meshes) for key in ("vertices", "triangles")}
    memory = SharedMemory({name: (part.dtype.str, part.shape) for name, part in parts.items()})
    for name, part in parts.items():
        memory.arrays[name][:] = part
    yield {**memory.description(), "origins": [mesh.origin for mesh in meshes]}
