"""Assets: a robot's file read into the bodies, shapes and joints that actors are made of."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

import mujoco
import numpy as np

from isaacgym.geometry import Mat33, Transform, Vec3
from isaacgym.links import bodies_of
from isaacgym.params import AssetOptions, ForceSensorProperties
from isaacgym.properties import DOF_PROPERTIES, RigidBodyProperties, RigidShapeProperties
from robust_parallel.errors import UserError
from robust_parallel.urdf import Joint, Robot, compile_spec, read_urdf, to_spec

logger = logging.getLogger(__name__)

_NO_LIMIT = float(np.finfo(np.float32).max)


@dataclass
class Bodies:
    """Masses of B bodies."""

    mass: np.ndarray
    """[B], kg."""
    com: np.ndarray
    """Centre of mass in the body's frame [B, 3], m."""
    inertia: np.ndarray
    """About the centre of mass, in the body's axes [B, 3, 3], kg m^2."""

    def copy(self) -> "Bodies":
        """The same values in arrays of their own."""
        return Bodies(self.mass.copy(), self.com.copy(), self.inertia.copy())

    def properties(self) -> list[RigidBodyProperties]:
        """The same for callers, fresh."""
        return [
            RigidBodyProperties(mass, Vec3(*com), Mat33(*(Vec3(*row) for row in inertia)))
            for mass, com, inertia in zip(self.mass.tolist(), self.com.tolist(), self.inertia.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class ForceSensor:
    """A sensor on a body."""

    body: int
    pose: Transform
    properties: ForceSensorProperties


class Asset:
    """A robot to make actors of."""

    def __init__(self, path: Path, options: AssetOptions) -> None:
        """Read a URDF.

        Raises:
            UserError: it is missing, no URDF, or has what is not simulated.
        """
        if path.suffix.lower() != ".urdf":
            raise UserError(f"isaacgym: {path}: an asset is a URDF here, not {path.suffix or 'a file without ending'}")
        if not path.is_file():
            raise UserError(f"isaacgym: the asset is not there: {path}")
        self.path, self.options = path.resolve(), copy(options)
        self.robot: Robot = bodies_of(
            read_urdf(path), options.collapse_fixed_joints, options.replace_cylinder_with_capsule
        )
        for notice in self.robot.notices:
            logger.warning("%s: %s", path.name, notice)
        joints = [joint for joint in self.robot.joints if joint.kind != "fixed"]
        for joint in joints:
            if joint.kind not in ("revolute", "continuous"):
                raise UserError(f"isaacgym: {path}: joint {joint.name!r} is {joint.kind}; joints turn about an axis")
        self.body_names = [link.name for link in self.robot.links]
        self.dof_names = [joint.name for joint in joints]
        self.shapes = [RigidShapeProperties() for link in self.robot.links for _ in link.collisions]
        self.dof_properties = _dof_properties(joints, self.options)
        self.force_sensors: list[ForceSensor] = []
        self.bodies = _bodies(compile_spec(to_spec(self.robot), path), self.body_names)

    def is_robot_of(self, other: "Asset") -> bool:
        """Whether its actors have the same bodies, joints and sensors as another's: a file loaded twice has."""
        same_file = self.path == other.path and self.options == other.options
        return self is other or (same_file and self.force_sensors == other.force_sensors)

    def shape_properties(self) -> list[RigidShapeProperties]:
        """Properties of all shapes, body by body, fresh."""
        return [shape.copied() for shape in self.shapes]

    def set_shapes(self, properties: Sequence[RigidShapeProperties]) -> None:
        """Take the properties of all shapes.

        Raises:
            UserError: they are of more shapes or fewer.
        """
        if len(properties) != len(self.shapes):
            raise UserError(
                f"isaacgym: properties of {len(properties)} shapes; {self.path.name} has {len(self.shapes)}"
            )
        self.shapes = [shape.copied() for shape in properties]


def _dof_properties(joints: list[Joint], options: AssetOptions) -> np.ndarray:
    """Properties of the joints as the file has them [D]."""
    properties = np.zeros(len(joints), DOF_PROPERTIES)
    for row, joint in zip(properties, joints, strict=True):
        row["hasLimits"] = math.isfinite(joint.lower)
        for name in ("lower", "upper", "velocity", "effort"):
            row[name] = np.clip(getattr(joint, name), -_NO_LIMIT, _NO_LIMIT)
        row["driveMode"] = options.default_dof_drive_mode
        row["damping"], row["friction"], row["armature"] = joint.damping, joint.friction, options.armature
    return properties


def _bodies(model: mujoco.MjModel, names: list[str]) -> Bodies:
    ids = [model.body(name).id for name in names]
    axes = np.empty((len(ids), 9))
    for row, quat in zip(axes, model.body_iquat[ids], strict=True):
        mujoco.mju_quat2Mat(row, quat)
    axes = axes.reshape(-1, 3, 3)
    inertia = np.einsum("bik,bk,bjk->bij", axes, model.body_inertia[ids], axes)
    mass, com = model.body_mass[ids].copy(), model.body_ipos[ids].copy()
    com[mass == 0.0] = 0.0  # MuJoCo has one for a frame that weighs nothing, too
    return Bodies(mass, com, inertia)
