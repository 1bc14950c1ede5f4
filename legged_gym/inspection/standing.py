"""Drives that could hold a robot, and whether it stands under them."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from legged_gym.inspection.skeleton import Skeleton
from legged_gym.inspection.stance import Stance
from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain

_GRAVITY = 9.81
_LEG_GAIN, _GAIN_ON_TWO = 1.0, 1.5
"""Stiffness of a leg's joints against the weight times the height of its centre, 1/rad; on one or two legs.

There hip, knee and ankle give way together, and all of them have to keep the robot from tipping over. Published gains
of Go2 and ANYmal C are 0.4 and 0.3, with which they sag much and lean.
"""
_LEG_DAMPING = 1.0 / 25.0
"""Damping of a leg's joints against their stiffness, s: published ones lie between 1/40 and 1/20."""
_LIMB_GAIN = 5.0
"""Stiffness of the other joints against the greatest torque that gravity asks of them, 1/rad: they sag by 0.2 rad."""
_LIMB_FREQUENCY = 2.0
"""Least natural frequency of the other joints, Hz."""
_LIMB_DAMPING = 0.5
"""Damping ratio of the other joints."""
_ROTOR = 0.01
"""Inertia of a drive, reflected to its joint, kg m^2: the configuration's default."""
_DURATION = 5.0
"""Time to stand, s."""
_SUNK = 0.4
"""A robot has fallen when its base has sunk by this share of the height of its centre of mass."""
_TILTED = np.cos(0.5)
"""Cosine of the lean with which a robot has fallen: 0.5 rad (29 degrees)."""


@dataclass(frozen=True)
class Gains:
    """PD drives of every joint that has an action."""

    stiffness: dict[str, float]
    """N m/rad"""
    damping: dict[str, float]
    """N m s/rad"""


@dataclass(frozen=True)
class Stand:
    """What came of standing still."""

    stood: bool
    duration: float
    """How long it stood, s: 5 at most."""
    height: float
    """Height of the base's origin at the end, m."""
    torque: float
    """Greatest drive torque in the last second, N m; 0 of a robot that fell before."""
    joint: str
    """Joint with the greatest drive torque."""


def sensible_gains(skeleton: Skeleton, stance: Stance) -> Gains:
    """Gains from what each joint has to hold: its share of the weight, or what hangs on it."""
    skeleton.pose(stance.angles)
    legs = {joint for limb in skeleton.limbs() if limb.end in stance.feet for joint in limb.joints}
    mass = float(skeleton.model.body_subtreemass[1])
    share = _LEG_GAIN if len(stance.feet) > 2 else _GAIN_ON_TWO
    leg_stiffness = share * mass * _GRAVITY * stance.mass_height
    stiffness, damping = {}, {}
    for name in skeleton.dof_names:
        if name in legs and leg_stiffness > 0.0:
            kp, kd = leg_stiffness, _LEG_DAMPING * leg_stiffness
        else:
            beyond, centre = skeleton.beyond(name)
            arm = float(np.linalg.norm(centre - skeleton.anchor(name)))
            inertia = beyond * arm**2 + _ROTOR
            kp = max(_LIMB_GAIN * beyond * _GRAVITY * arm, inertia * (2.0 * np.pi * _LIMB_FREQUENCY) ** 2)
            kd = 2.0 * _LIMB_DAMPING * float(np.sqrt(kp * inertia))
        stiffness[name], damping[name] = _rounded(kp), _rounded(kd)
    return Gains(stiffness, damping)


def best_stance(path: Path, skeleton: Skeleton, ways: Iterable[Stance]) -> tuple[Stance, Gains, Stand]:
    """The first of several ways to stand in which the robot stands, or else the one in which it falls last."""
    tried = []
    for stance in ways:
        gains = sensible_gains(skeleton, stance)
        tried.append((stance, gains, stand(path, stance, gains)))
        if tried[-1][2].stood:
            return tried[-1]
    return max(tried, key=lambda attempt: attempt[2].duration)


def stand(path: Path, stance: Stance, gains: Gains) -> Stand:
    """Let a robot stand on a plane under PD for 5 s, its torques limited as the file says.

    It has fallen when it sinks, leans, or touches the ground with more than its feet.
    """
    built = compile_robot(path, gains)
    model, data = built.model, mujoco.MjData(built.model)
    targets = np.array([stance.joints[name] for name in built.dof_names])
    data.qpos[2] = stance.height
    data.qpos[built.joint_qpos] = targets
    data.ctrl[: len(targets)] = targets
    parts = model.body_weldid[model.geom_bodyid]
    feet = {int(model.body_weldid[model.body(name).id]) for name in stance.feet}
    others = [g for g in built.geom_ids.tolist() if parts[g] not in feet]
    settled = int((_DURATION - 1.0) / model.opt.timestep)
    greatest = np.zeros(len(targets))
    lowest = stance.height - _SUNK * stance.mass_height
    for step in range(int(_DURATION / model.opt.timestep)):
        mujoco.mj_step(model, data)
        upright = data.xmat[built.base_id, 8] > _TILTED and data.qpos[2] > lowest
        if not upright or np.isin(data.contact.geom, others).any():
            return _outcome(False, float(data.time), float(data.qpos[2]), greatest, built.dof_names)
        if step >= settled:
            greatest = np.maximum(greatest, np.abs(data.actuator_force[: len(targets)]))
    return _outcome(True, _DURATION, float(data.qpos[2]), greatest, built.dof_names)


def compile_robot(path: Path, gains: Gains) -> RobotModel:
    """The robot on a plane, with PD drives.

    Raises:
        UserError: it is refused.
    """
    control = ControlCfg()
    control.stiffness, control.damping = gains.stiffness, gains.damping
    return build_robot_model(robot_asset(path), control, SimCfg(), flat_ground(), contact_sensors=False)


def robot_asset(path: Path) -> AssetCfg:
    """A robot of which no part has a role."""
    asset = AssetCfg()
    asset.file = str(path.resolve())
    return asset


def flat_ground() -> Terrain:
    """An infinite plane."""
    cfg = TerrainCfg()
    cfg.mesh_type = "plane"
    return Terrain(cfg, seed=0)


def _outcome(stood: bool, duration: float, height: float, torques: np.ndarray, dof_names: list[str]) -> Stand:
    joint = dof_names[int(torques.argmax())] if dof_names else ""
    return Stand(stood, duration, height, float(torques.max(initial=0.0)), joint)


def _rounded(value: float) -> float:
    """Two digits, which is more than such a gain is worth."""
    return float(f"{value:.2g}")
