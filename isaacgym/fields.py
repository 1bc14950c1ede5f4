"""What can differ between robots, written into a MuJoCo C batch."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from collections.abc import Sequence

import mujoco
import numpy as np
from mujoco.batch import Batch

from isaacgym.model import Model
from isaacgym.scene import Actor

Array = np.ndarray

_JOINT_FIELDS = {"damping": "dof_damping", "friction": "dof_frictionloss", "armature": "dof_armature"}
_PROPORTIONAL = 1.0e-5
"""An inertia that is the nominal one times a number, but for rounding."""


class PropertyFields:
    """Writes the properties of actors into the simulations of a batch."""

    def __init__(self, batch: Batch, model: Model, ground_friction: float) -> None:
        """Write into `batch`, whose model is `model` with a ground of some friction."""
        self._batch, self._model, self._ground_friction = batch, model, ground_friction

    def write(self, actors: Sequence[Actor], rows: Array) -> None:
        """Give the simulations `rows` [n], sorted, the properties of as many actors."""
        self._write_shapes(np.array([[shape.friction for shape in actor.shapes] for actor in actors]), rows)
        for name, field in _JOINT_FIELDS.items():
            values = np.array([actor.dof_properties[name] for actor in actors])
            self._batch.expand(field)[rows, self._model.joint_dof] = values
        self._write_bodies(actors, rows)
        self._batch.set_const(rows)

    def _write_shapes(self, friction: Array, rows: Array) -> None:
        """Friction [n, G] of shapes: a pair with the ground has the mean of both, as in PhysX."""
        self._batch.expand("geom_friction")[..., 0][np.ix_(rows, self._model.geom_ids)] = friction
        if self._model.model.npair:
            mean = 0.5 * (friction + self._ground_friction)
            self._batch.expand("pair_friction")[rows, :, :2] = mean[..., None]

    def _write_bodies(self, actors: Sequence[Actor], rows: Array) -> None:
        ids = np.ix_(rows, self._model.body_ids)
        nominal, model = actors[0].asset.bodies, self._model.model
        inertia = np.array([actor.bodies.inertia for actor in actors])
        self._batch.expand("body_mass")[ids] = [actor.bodies.mass for actor in actors]
        self._batch.expand("body_ipos")[ids] = [actor.bodies.com for actor in actors]
        factor = np.trace(inertia, axis1=2, axis2=3) / np.trace(nominal.inertia, axis1=1, axis2=2)
        principal = factor[..., None] * model.body_inertia[self._model.body_ids]
        differs = np.abs(inertia - factor[..., None, None] * nominal.inertia).max(axis=(2, 3))
        others = np.argwhere(differs > _PROPORTIONAL * np.trace(inertia, axis1=2, axis2=3))
        if len(others):
            turned = self._batch.expand("body_iquat")
            for row, body in others:
                principal[row, body], quat = _principal(inertia[row, body])
                turned[rows[row], self._model.body_ids[body]] = quat
        self._batch.expand("body_inertia")[ids] = principal


def _principal(inertia: Array) -> tuple[Array, Array]:
    """Principal inertia [3] of a tensor [3, 3], and its axes as a quaternion wxyz [4]."""
    values, axes = np.linalg.eigh(inertia)
    axes[:, 2] = np.cross(axes[:, 0], axes[:, 1])
    quat = np.empty(4)
    mujoco.mju_mat2Quat(quat, axes.ravel())
    return values, quat
