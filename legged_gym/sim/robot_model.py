"""Robot description, drives and terrain turned into one compiled MuJoCo model, shared by both MuJoCo engines."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.drives import add_drives, add_mimics, add_motors, plan_drives
from legged_gym.sim.joint_values import by_joint
from legged_gym.sim.roles import Roles, find_roles
from legged_gym.sim.terrain_model import TerrainLike, add_terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import in_project
from robust_parallel.physics.model_parts import add_contact_sensors, pair_with_ground, set_options
from robust_parallel.urdf import Joint, Mimic, Robot, compile_spec, read_urdf, to_spec

logger = logging.getLogger(__name__)

_TORSIONAL = 4
"""MuJoCo's `condim` of a contact with torsional friction beside the normal force and the sliding friction."""


@dataclass(frozen=True)
class RobotModel:
    """One robot on its terrain, compiled, with the addresses and nominal values that engines and renderer need.

    The free joint (or, with `fixed_base`, the mocap body that carries the base) comes first; the D drives are
    actuators 0..D-1 in the order of `dof_names`; if contact sensors were asked for, `sensordata` is [B, 3]: the net
    world-frame contact force on each of `body_names`.
    """

    model: mujoco.MjModel
    spec: mujoco.MjSpec
    dof_names: list[str]
    body_names: list[str]
    """Robot bodies, base first, world left out."""
    body_ids: np.ndarray
    """MuJoCo id of each of `body_names` [B]."""
    base_id: int
    geom_ids: np.ndarray
    """Collision geometries of the robot [G]; what lies on the world body before them is terrain."""
    terrain_geom_id: int
    """The plane or height field."""
    fixed_base: bool
    """The base is a mocap body: it stays where `reset` puts it."""
    joint_qpos: slice
    """Where the joint angles lie in `qpos` (after the base's 7 numbers, if it is free)."""
    joint_dof: slice
    """Where the joint velocities lie in `qvel` (after the base's 6 numbers, if it is free)."""
    dof_pos_limits: np.ndarray
    """Lower and upper joint limits [D, 2], rad; infinite where the URDF gives none."""
    dof_vel_limits: np.ndarray
    """Joint speed limits of the URDF [D], rad/s."""
    torque_limits: np.ndarray
    """Effort limits of the URDF [D], N m."""
    stiffness: np.ndarray
    """Nominal proportional gains [D], N m/rad."""
    damping: np.ndarray
    """Nominal derivative gains [D], N m s/rad."""
    drive_modes: list[str]
    """How each joint is driven [D]: a mode of `ControlCfg.drive_modes`, or `mimic`."""
    mimics: list[tuple[int, int, Mimic]]
    """Joints that follow another one: their index, that one's, and how."""
    roles: Roles
    contact_sensors: bool
    contact_pairs: bool
    """Each of `geom_ids` is paired with the plane or height field, in this order: there `pair_friction` rules, not
    `geom_friction`."""
    has_boxes: bool
    """The terrain has boxes, which MuJoCo takes for sleeping: a batch of simulations must be persistent."""

    @property
    def servos(self) -> np.ndarray:
        """1 for the joints that are driven to an angle, 0 for the others [D]."""
        return np.array([float(mode in ("position", "held")) for mode in self.drive_modes])

    @property
    def wheels(self) -> np.ndarray:
        """Indices of the joints that are driven to a speed: their gain is their damping."""
        return np.flatnonzero(np.array(self.drive_modes) == "velocity")

    @property
    def has_torsional_friction(self) -> bool:
        """Whether contacts resist turning about their normal."""
        return bool(self.model.geom_condim[self.geom_ids[0]] == _TORSIONAL)


def build_robot_model(
    asset: AssetCfg,
    control: ControlCfg,
    sim: SimCfg,
    terrain: TerrainLike,
    contact_sensors: bool,
    contact_pairs: bool = False,
    boxes: bool = False,
) -> RobotModel:
    """Compile the robot of `asset` on `terrain`, with PD drives, or with motors for another actuator model.

    Args:
        asset: the robot.
        control: the drives' gains and actuator model.
        sim: physics options.
        terrain: where it stands.
        contact_sensors: give every body a sensor of its net contact force.
        contact_pairs: list the pairs of geometries that may touch, instead of letting the engine look for them. MuJoCo
            C then skips its broad phase, a tenth of a control step; friction lies in `pair_friction`. Left out with
            `asset.self_collisions`; boxes are looked for all the same.
        boxes: give the terrain its vertical faces and ceilings, of boxes; else it is the plain height field.

    Raises:
        UserError: the description is missing or faulty, or the configuration names what it does not have.
    """
    robot = _read_robot(asset)
    spec = to_spec(robot)
    base = spec.body(robot.root.name)
    dof_names = [joint.name for joint in spec.joints]
    body_names = [body.name for body in spec.bodies if body.name != "world"]
    roles = find_roles(asset, robot, body_names, dof_names)
    described = {joint.name: joint for joint in robot.joints}
    joints = [described[name] for name in dof_names]
    drives = plan_drives(control, joints)

    set_options(spec, sim.dt, sim.gravity)
    _set_joints(spec, joints, asset)
    _set_collisions(spec, asset, sim, terrain.cfg.static_friction)
    if control.actuator.model == "pd":
        add_drives(spec, dof_names, drives)
    else:
        add_motors(spec, dof_names)
    add_mimics(spec, joints, sim)
    has_boxes = add_terrain(spec, terrain, boxes)
    contact_pairs = contact_pairs and not asset.self_collisions
    if contact_pairs:
        pair_with_ground(spec, terrain.cfg.static_friction, has_boxes)
    if contact_sensors:
        add_contact_sensors(spec, body_names)
    if asset.fix_base_link:
        base.mocap = True
    else:
        base.add_freejoint()

    model = compile_spec(spec, robot.path)
    if has_boxes:
        _keep_robot_awake(model)
    free, count = int(not asset.fix_base_link), len(dof_names)
    return RobotModel(
        model=model,
        spec=spec,
        dof_names=dof_names,
        body_names=body_names,
        body_ids=np.array([model.body(name).id for name in body_names]),
        base_id=model.body(base.name).id,
        geom_ids=np.flatnonzero(model.geom_bodyid),
        terrain_geom_id=model.geom("terrain").id,
        fixed_base=bool(asset.fix_base_link),
        joint_qpos=slice(7 * free, 7 * free + count),
        joint_dof=slice(6 * free, 6 * free + count),
        dof_pos_limits=np.array([(joint.lower, joint.upper) for joint in joints]).reshape(-1, 2),
        dof_vel_limits=np.array([joint.velocity for joint in joints]),
        torque_limits=drives.effort,
        stiffness=drives.stiffness,
        damping=drives.damping,
        drive_modes=drives.modes,
        mimics=[(dof_names.index(j.name), dof_names.index(j.mimic.joint), j.mimic) for j in joints if j.mimic],
        roles=roles,
        contact_sensors=contact_sensors,
        contact_pairs=contact_pairs,
        has_boxes=has_boxes,
    )


def _read_robot(asset: AssetCfg) -> Robot:
    """The robot's description, of which what was passed over is told."""
    robot = read_urdf(asset_path(asset))
    for notice in robot.notices:
        logger.warning("%s: %s", robot.path.name, notice)
    check_joints(robot)
    if not any(link.collisions for link in robot.links):
        raise UserError(f"{robot.path}: no link has a <collision> shape; the robot would fall through the ground")
    return robot


def asset_path(asset: AssetCfg) -> Path:
    """The robot's URDF, `{ROOT}` filled in."""
    path = in_project(asset.file)
    if not path.is_file():
        raise UserError(f"robot description not found: {path} (asset.file = {asset.file!r})")
    return path


def load_robot_spec(path: Path, visuals: bool = False) -> mujoco.MjSpec:
    """Read a URDF, keeping links behind fixed joints as bodies, with or without its visual shapes."""
    return to_spec(read_urdf(path), visuals)


def check_joints(robot: Robot) -> None:
    """Make sure that the joints are such as the engines hold: fixed, or turning about an axis.

    Raises:
        UserError: they are not, or none turns.
    """
    for joint in robot.joints:
        if joint.kind not in ("revolute", "continuous", "fixed"):
            raise UserError(f"{robot.path}: joint {joint.name!r} is {joint.kind}, not revolute, continuous or fixed")
    if all(joint.kind == "fixed" for joint in robot.joints):
        raise UserError(f"{robot.path}: no joint is revolute or continuous: nothing of the robot moves")


def _set_joints(spec: mujoco.MjSpec, joints: list[Joint], asset: AssetCfg) -> None:
    """Passive joint properties; the effort limit moves from the joint to its drive."""
    properties = joint_properties(joints, asset)
    for index, described in enumerate(joints):
        joint = spec.joint(described.name)
        joint.armature = properties["dof_armature"][index]
        joint.frictionloss = properties["dof_friction"][index]
        joint.damping = np.array([properties["dof_damping"][index], 0.0, 0.0])
        joint.actfrclimited = mujoco.mjtLimited.mjLIMITED_FALSE


def joint_properties(joints: Sequence[Joint], asset: AssetCfg) -> dict[str, list[float]]:
    """Armature, kg m^2, dry friction, N m, and damping, N m s/rad, of joints, by their names in `Simulator.randomize`.

    Raises:
        UserError: a key of `asset.armature` names none of them.
    """
    by_key: dict[str, float] = asset.armature if isinstance(asset.armature, dict) else {"": asset.armature}
    return {
        "dof_armature": by_joint("asset.armature", by_key, [joint.name for joint in joints]),
        "dof_friction": [asset.dof_friction or joint.friction for joint in joints],
        "dof_damping": [asset.dof_damping or joint.damping for joint in joints],
    }


def _set_collisions(spec: mujoco.MjSpec, asset: AssetCfg, sim: SimCfg, friction: float) -> None:
    """Let the robot touch the terrain only, unless it may touch itself; its friction rules (priority 1)."""
    for geom in spec.geoms:
        geom.contype = 1 if asset.self_collisions else 0
        geom.conaffinity = 1
        geom.friction[0] = friction
        if asset.torsional_friction:
            geom.condim, geom.friction[1] = _TORSIONAL, asset.torsional_friction
        geom.solref = np.array([sim.contact_time_constant, 1.0])
        geom.priority = 1


def _keep_robot_awake(model: mujoco.MjModel) -> None:
    """Let MuJoCo's sleep spare it what never moves, and nothing else: posing 5000 boxes takes half of a step."""
    model.opt.enableflags |= int(mujoco.mjtEnableBit.mjENBL_SLEEP)
    model.tree_sleep_policy[:] = int(mujoco.mjtSleepPolicy.mjSLEEP_NEVER)
