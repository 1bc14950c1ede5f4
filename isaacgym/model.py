"""A robot on its ground as one MuJoCo model, which all environments share."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from isaacgym.assets import Asset
from isaacgym.drives import add_drives
from isaacgym.grids import Grid
from isaacgym.meshes import Box
from isaacgym.params import PlaneParams, SimParams
from robust_parallel.errors import UserError
from robust_parallel.physics.height_field import add_height_field
from robust_parallel.physics.model_parts import (
    GROUND,
    add_contact_sensors,
    limit_solver,
    pair_with_ground,
    set_options,
    use_older_collider,
)
from robust_parallel.urdf import compile_spec, to_spec

_GPU_ITERATIONS, _GPU_LINE_SEARCH = 5, 20
"""Of the contact solver on a GPU at most, where all robots wait for the slowest one. On a CPU a box that slides on a
map touches it in up to 17 points and takes seven: cut off after five, it has three times its energy."""
_CONTACT_TIME = 0.01
"""How fast a contact gives back penetration, s; two time steps if they are longer."""

_BOX_BIT = 2
"""Boxes of the ground have it in `contype`, shapes of robots in `conaffinity`."""


@dataclass(frozen=True)
class Model:
    """The compiled model, and where its parts lie.

    The free joint (or, with a fixed base, the mocap body that carries it) comes first; `sensordata` is, for MuJoCo C,
    the net contact force on each body [B, 3]; the pairs of shapes with the ground are in the order of the shapes.
    """

    model: mujoco.MjModel
    dof_names: list[str]
    base_id: int
    body_ids: np.ndarray
    """MuJoCo id of each body [B], the base first."""
    geom_ids: np.ndarray
    """MuJoCo id of each collision shape [G]."""
    box_ids: np.ndarray
    """MuJoCo id of each box of the ground [K]."""
    box_friction: np.ndarray
    """Of each box of the ground [K]."""
    fixed_base: bool
    joint_qpos: slice
    joint_dof: slice


def build_model(
    asset: Asset,
    params: SimParams,
    ground: PlaneParams | Grid | None,
    boxes: Sequence[Box],
    self_collisions: bool,
    driven: bool,
    on_gpu: bool,
) -> Model:
    """Compile an asset on its ground.

    Args:
        asset: the robot.
        params: time step and gravity.
        ground: a plane or uneven ground, if there is any.
        boxes: what stands on it or hangs above it.
        self_collisions: let parts of the robot touch each other.
        driven: give the joints drives to positions and speeds.
        on_gpu: it is for MuJoCo Warp, which needs neither contact sensors nor MuJoCo C's choice of collider.

    Raises:
        UserError: MuJoCo refuses it, or the ground is not level.
    """
    spec = _robot_spec(asset, params)
    base = spec.body(asset.body_names[0])
    robot_geoms = list(spec.geoms)
    if ground is not None:
        _add_ground(spec, ground)
    for geom in robot_geoms:
        geom.contype = int(self_collisions)
        geom.conaffinity = int(self_collisions) | _BOX_BIT
    for box in boxes:
        _add_box(spec, box, robot_geoms[0].solref if robot_geoms else None)
    if not on_gpu:
        add_contact_sensors(spec, asset.body_names)
    if driven:
        add_drives(spec, asset.dof_names)
    fixed = asset.options.fix_base_link
    if fixed:
        base.mocap = True
    else:
        base.add_freejoint()
    model = compile_spec(spec, asset.robot.path)
    if on_gpu:
        limit_solver(model, _GPU_ITERATIONS, _GPU_LINE_SEARCH)
    else:
        use_older_collider(model)
    free, count = int(not fixed), len(asset.dof_names)
    return Model(
        model=model,
        dof_names=asset.dof_names,
        base_id=model.body(base.name).id,
        body_ids=np.array([model.body(name).id for name in asset.body_names]),
        geom_ids=np.flatnonzero(model.geom_bodyid),
        box_ids=np.flatnonzero(model.geom_contype == _BOX_BIT),
        box_friction=np.array([box.friction for box in boxes]),
        fixed_base=fixed,
        joint_qpos=slice(7 * free, 7 * free + count),
        joint_dof=slice(6 * free, 6 * free + count),
    )


def _robot_spec(asset: Asset, params: SimParams) -> mujoco.MjSpec:
    """The robot alone, with the options of the simulation."""
    spec = to_spec(asset.robot)
    dt = params.dt / params.substeps
    gravity = params.gravity
    set_options(spec, dt, (gravity.x, gravity.y, gravity.z))
    spec.compiler.discardvisual = False  # shapes that touch nothing are shapes, too
    for geom in spec.geoms:
        geom.solref = np.array([max(_CONTACT_TIME, 2.0 * dt), 1.0])
    for joint in spec.joints:
        joint.actfrclimited = mujoco.mjtLimited.mjLIMITED_FALSE
    for body in spec.bodies:
        body.simple = 0  # its centre of mass and inertia may come to lie otherwise
        body.gravcomp = float(asset.options.disable_gravity)
    return spec


def _add_ground(spec: mujoco.MjSpec, ground: PlaneParams | Grid) -> None:
    if isinstance(ground, Grid):
        add_height_field(spec, ground.heights, ground.cell, ground.corner)
    else:
        _add_plane(spec, ground)
    pair_with_ground(spec, 1.0, has_boxes=False)  # each robot's own friction is written later


def _add_plane(spec: mujoco.MjSpec, ground: PlaneParams) -> None:
    normal = ground.normal
    if (normal.x, normal.y) != (0.0, 0.0) or normal.z <= 0.0:
        raise UserError(f"isaacgym: add_ground with the normal {normal}: the ground is level here, z up")
    spec.worldbody.add_geom(
        name=GROUND, type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0.0, 0.0, 1.0], pos=[0.0, 0.0, -ground.distance / normal.z]
    )


def _add_box(spec: mujoco.MjSpec, box: Box, solref: np.ndarray | None) -> None:
    """Put a box into the world; its friction, which the robots' own is averaged with later, is a contact's."""
    geom = spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, size=box.half, pos=box.centre, priority=1)
    geom.contype, geom.conaffinity = _BOX_BIT, 0
    if solref is not None:
        geom.solref = solref
