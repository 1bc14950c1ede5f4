"""How each joint of a robot is driven, and the actuators and couplings of the model that come of it."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from legged_gym.actuators.models import DELAYED_PD, ENGINE_PD
from legged_gym.sim.config import MIMIC, ControlCfg, SimCfg
from legged_gym.sim.joint_values import by_joint
from legged_gym.utils.errors import UserError
from robust_parallel.urdf import Joint

logger = logging.getLogger(__name__)

LEAST_SPEED = 0.1
"""Speed, rad/s, that takes all of a drive's torque where its damping is too high: no robot walks so slowly."""
LEAST_ERROR = 0.01
"""Deviation, rad, that takes all of a drive's torque where its stiffness is too high: the noise of an encoder with its
play. A Go2's drives need ten times as much, an ANYmal C's, too."""
_WITH_GAINS = (ENGINE_PD, DELAYED_PD)
"""Actuator models whose torque is none where both gains are."""


@dataclass(frozen=True)
class DrivePlan:
    """The drives of D joints."""

    modes: list[str]
    """Mode of each joint's drive: one of `ControlCfg.drive_modes`, or `MIMIC`."""
    stiffness: np.ndarray
    """Nominal proportional gains [D], N m/rad; 0 where the mode has none."""
    damping: np.ndarray
    """Nominal derivative gains [D], N m s/rad; 0 where the mode has none."""
    effort: np.ndarray
    """Torque limits [D], N m."""

    @property
    def gain(self) -> np.ndarray:
        """Torque per unit of target [D]."""
        by_mode = {"velocity": self.damping, "torque": np.ones_like(self.damping)}
        rows = [by_mode.get(mode, self.stiffness)[index] for index, mode in enumerate(self.modes)]
        return np.array(rows)


def plan_drives(control: ControlCfg, joints: Sequence[Joint]) -> DrivePlan:
    """The drives that a configuration asks for.

    Raises:
        UserError: it names joints that there are not or that follow others, leaves one out, or its actuator model does
            not have the mode.
    """
    _refuse_drives_of_followers(control, joints)
    names, settings = [joint.name for joint in joints], control.drive_modes
    modes = by_joint("control.drive_modes", {"": "position", **settings}, names)
    modes = [mode if joint.mimic is None else MIMIC for mode, joint in zip(modes, joints, strict=True)]
    model = control.actuator.model
    for name, mode in zip(names, modes, strict=True):
        if model == ENGINE_PD or mode == "position" or (model in _WITH_GAINS and mode not in ("velocity", "torque")):
            continue
        raise UserError(f"joint {name!r}: the actuator model {model!r} has no drive mode {mode!r}; 'pd' has")
    servos = [name for name, mode in zip(names, modes, strict=True) if mode in ("position", "held")]
    damped = [name for name, mode in zip(names, modes, strict=True) if mode in ("position", "held", "velocity")]
    damping = by_joint("control.damping", control.damping, names, damped, 0.0)
    for name, mode, gain in zip(names, modes, damping, strict=True):
        if mode == "velocity" and gain == 0.0:
            raise UserError(
                f"control.damping: joint {name!r} is driven by its speed, and a damping of 0 gives no torque"
            )
    plan = DrivePlan(
        modes,
        np.array(by_joint("control.stiffness", control.stiffness, names, servos, 0.0), dtype=np.float64),
        np.array(damping, dtype=np.float64),
        np.array([joint.effort for joint in joints], dtype=np.float64),
    )
    _tell_stiff(names, plan)
    return plan


def _refuse_drives_of_followers(control: ControlCfg, joints: Sequence[Joint]) -> None:
    """Refuse what is said of a joint alone that has no drive, since it mimics another."""
    for joint in joints:
        for option in ("drive_modes", "stiffness", "damping", "action_scales"):
            if joint.mimic is not None and joint.name in getattr(control, option):
                raise UserError(
                    f"control.{option}: joint {joint.name!r} has no drive: by its description it follows "
                    f"{joint.mimic.joint!r}"
                )


def _tell_stiff(names: Sequence[str], plan: DrivePlan) -> None:
    """Name a drive that does little but switch between the ends of its torque."""
    for kind, gains, least, what in (
        ("stiffness", plan.stiffness, LEAST_ERROR, "an error of %.2g rad"),
        ("damping", plan.damping, LEAST_SPEED, "a speed of %.2g rad/s"),
    ):
        switching = np.flatnonzero(gains * least > plan.effort)
        for index in switching[:1]:
            gain, effort = gains[index], plan.effort[index]
            logger.warning(
                f"control.%s = %g takes all %g N m of joint %s from {what} on",
                kind, gain, effort, names[index], effort / gain,
            )  # fmt: skip


def add_drives(spec: mujoco.MjSpec, names: Sequence[str], drives: DrivePlan) -> None:
    """Torque = clip(gain target - stiffness q - damping qd, +-effort), integrated implicitly in the damping."""
    for index, name in enumerate(names):
        drive = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        drive.set_to_position(kp=drives.gain[index], kv=drives.damping[index])
        drive.biasprm[1] = -drives.stiffness[index]
        effort = drives.effort[index]
        if effort < np.inf:
            drive.forcelimited = mujoco.mjtLimited.mjLIMITED_TRUE
            drive.forcerange = np.array([-effort, effort])


def add_motors(spec: mujoco.MjSpec, names: Sequence[str]) -> None:
    """Torque = control: the actuator model has limited it already."""
    for name in names:
        motor = spec.add_actuator(name=name, target=name, trntype=mujoco.mjtTrn.mjTRN_JOINT)
        motor.set_to_motor()


def add_mimics(spec: mujoco.MjSpec, joints: Sequence[Joint], sim: SimCfg) -> None:
    """Hold each joint that mimics another to it, as stiffly as contacts are held."""
    for joint in joints:
        if joint.mimic is not None:
            follow = spec.add_equality(type=mujoco.mjtEq.mjEQ_JOINT, name1=joint.name, name2=joint.mimic.joint)
            follow.data[:2] = joint.mimic.offset, joint.mimic.multiplier
            follow.data[2:] = 0.0
            follow.solref = np.array([sim.contact_time_constant, 1.0])
