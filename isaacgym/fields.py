"""What can differ between robots, written into an engine's copy of MuJoCo's model for each."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
import os
from collections.abc import Callable, Iterator, Sequence

import mujoco
import numpy as np

from isaacgym.drives import DRIVE_FIELDS, drive_fields, is_driven
from isaacgym.model import Model
from isaacgym.scene import Actor
from robust_parallel.errors import UserError

Array = np.ndarray

FIELDS = (
    *("geom_friction", "pair_friction", "body_mass", "body_ipos", "body_inertia", "body_iquat"),
    *("dof_damping", "dof_frictionloss", "dof_armature"),
)
"""Arrays of MuJoCo's model that may differ between robots, beside those of drives."""
_INERTIAL = ("body_mass", "body_ipos", "body_inertia", "body_iquat", "dof_armature")
"""Constants of the model follow from these."""
_JOINT_FIELDS = {"damping": "dof_damping", "friction": "dof_frictionloss", "armature": "dof_armature"}
_LEAST_FRICTION = 0.02
"""Of a pair: with less, pyramidal cones are ill-conditioned, and deep contacts explode."""
_PROPORTIONAL = 1.0e-5
"""An inertia that is the nominal one times a number, but for rounding."""
_MIN_ARMATURE = "ISAACGYM_MIN_ARMATURE"
"""Environment variable: the least armature of a joint, kg m^2."""


def min_armature() -> float:
    """The least armature of a joint, kg m^2: 0 unless the environment variable says more.

    Torques that a script computes from joint speeds brake until the next step. Where damping * dt is more than twice
    the inertia that a joint moves, they throw it back faster than it came; PhysX clamps its speed, MuJoCo does not.

    Raises:
        UserError: the variable is no number of at least 0.
    """
    text = os.environ.get(_MIN_ARMATURE, "").strip() or "0"
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise UserError(f"isaacgym: {_MIN_ARMATURE}={text!r}; an armature in kg m^2 is a number of at least 0")
    return value


def fields_of(model: Model) -> tuple[str, ...]:
    """Arrays of a model that may differ between robots."""
    return FIELDS + DRIVE_FIELDS if model.model.nu else FIELDS


class PropertyFields:
    """Writes the properties of actors into an engine, those alone that changed."""

    def __init__(
        self,
        model: Model,
        count: int,
        ground_friction: float,
        upload: Callable[[str, Array, Array], None],
        set_const: Callable[[Array], None],
    ) -> None:
        """Start from the model's own values in each of `count` robots.

        Args:
            model: of the robots.
            count: how many there are.
            ground_friction: the ground's coefficient.
            upload: gives one of the fields of the robots `rows` [n] new values [n, ...].
            set_const: computes what follows from new masses, inertias and armatures of the robots `rows` [n].
        """
        self._model, self._ground_friction, self._upload, self._set_const = model, ground_friction, upload, set_const
        self._min_armature = min_armature()
        own = {name: getattr(model.model, name) for name in fields_of(model)}
        self._held = {name: np.broadcast_to(value, (count, *value.shape)).copy() for name, value in own.items()}

    def write(self, actors: Sequence[Actor], rows: Array) -> None:
        """Give the robots `rows` [n], sorted, the properties of as many actors."""
        changed = set()
        for name, values in self._fields(actors):
            held = self._held[name]
            if not np.array_equal(held[rows], values):
                held[rows] = values
                self._upload(name, values, rows)
                changed.add(name)
        if not changed.isdisjoint(_INERTIAL):
            self._set_const(rows)

    def _fields(self, actors: Sequence[Actor]) -> Iterator[tuple[str, Array]]:
        """Each field of n robots [n, ...]."""
        model, joints = self._model, self._model.joint_dof
        friction = np.array([[shape.friction for shape in actor.shapes] for actor in actors])
        geoms = self._filled("geom_friction", friction[..., None], (model.geom_ids, slice(1)))
        if len(model.box_ids):  # a box meets all shapes of a robot with one friction
            geoms[:, model.box_ids, 0] = 0.5 * (friction.mean(axis=1, keepdims=True) + model.box_friction)
        yield "geom_friction", geoms
        if model.model.npair:  # a pair with the ground has the mean of both, as in PhysX
            mean = np.maximum(0.5 * (friction + self._ground_friction), _LEAST_FRICTION)
            yield "pair_friction", self._filled("pair_friction", mean[..., None], (slice(None), slice(2)))
        properties = np.array([actor.dof_properties for actor in actors])
        yield from self._drives(properties)
        for name, field in _JOINT_FIELDS.items():
            values = properties[name] * ~is_driven(properties) if name == "damping" else properties[name]
            values = np.maximum(values, self._min_armature) if name == "armature" else values
            yield field, self._filled(field, values, (joints,))
        yield from self._bodies(actors)

    def _drives(self, properties: Array) -> Iterator[tuple[str, Array]]:
        if self._model.model.nu:
            yield from drive_fields(properties, {name: self._held[name][0] for name in DRIVE_FIELDS}).items()
        elif is_driven(properties).any():
            name = self._model.dof_names[np.argwhere(is_driven(properties))[0, 1]]
            raise UserError(f"isaacgym: joint {name!r} is to be driven from now on; say so before prepare_sim")

    def _bodies(self, actors: Sequence[Actor]) -> Iterator[tuple[str, Array]]:
        ids, nominal = self._model.body_ids, actors[0].asset.bodies
        inertia = np.array([actor.bodies.inertia for actor in actors])
        yield "body_mass", self._filled("body_mass", np.array([actor.bodies.mass for actor in actors]), (ids,))
        yield "body_ipos", self._filled("body_ipos", np.array([actor.bodies.com for actor in actors]), (ids,))
        now, before = np.trace(inertia, axis1=2, axis2=3), np.trace(nominal.inertia, axis1=1, axis2=2)
        factor = np.divide(now, before, out=np.ones_like(now), where=before > 0.0)  # frames have none
        principal = factor[..., None] * self._model.model.body_inertia[ids]
        axes = np.broadcast_to(self._model.model.body_iquat[ids], (len(actors), len(ids), 4)).copy()
        differs = np.abs(inertia - factor[..., None, None] * nominal.inertia).max(axis=(2, 3))
        for row, body in np.argwhere(differs > _PROPORTIONAL * np.trace(inertia, axis1=2, axis2=3)):
            principal[row, body], axes[row, body] = _principal(inertia[row, body])
        yield "body_inertia", self._filled("body_inertia", principal, (ids,))
        yield "body_iquat", self._filled("body_iquat", axes, (ids,))

    def _filled(self, name: str, values: Array, place: tuple[Array | slice, ...]) -> Array:
        """The model's own values for n robots, but some at a place after the robots' axis."""
        own = getattr(self._model.model, name)
        filled = np.broadcast_to(own, (len(values), *own.shape)).copy()
        filled[(slice(None), *place)] = values
        return filled


def _principal(inertia: Array) -> tuple[Array, Array]:
    """Principal inertia [3] of a tensor [3, 3], and its axes as a quaternion wxyz [4]."""
    values, axes = np.linalg.eigh(inertia)
    axes[:, 2] = np.cross(axes[:, 0], axes[:, 1])
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, axes.ravel())
    return values, quat
