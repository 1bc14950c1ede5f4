"""States of all bodies from the base and the joints: forward kinematics of a tree of hinges, on the CPU."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from dataclasses import dataclass
from typing import Protocol

import mujoco
import numpy as np

Array = np.ndarray
_Weights = list[tuple[int, Array]]
"""Constant vectors [K, 1] along some of the axes 0..2 of a frame; axes that are left out have weight 0."""


class HingeTree(Protocol):
    """What is read of a compiled robot."""

    @property
    def model(self) -> mujoco.MjModel: ...

    @property
    def base_id(self) -> int:
        """MuJoCo id of the base."""
        ...

    @property
    def body_ids(self) -> np.ndarray:
        """MuJoCo id of each body [B], the base first."""
        ...

    @property
    def dof_names(self) -> list[str]:
        """The joints: all are hinges."""
        ...


@dataclass(frozen=True)
class _Level:
    """The K bodies of one depth in the tree, indexed as in `body_ids`; a welded body has a joint that never turns."""

    bodies: Array | slice
    parents: Array | slice
    joints: Array | slice
    """Index of each body's joint; D, one past the last, where it is welded."""
    offsets: _Weights
    """Origin in the parent's frame, m."""
    axes: _Weights
    """Joint axis in the parent's frame."""
    sine_part: Array
    cosine_part: Array
    """Orientation in the parent's frame = sine_part sin(q/2) + cosine_part cos(q/2); [4, K, 1] each, xyzw."""


class BodyKinematics:
    """Computes the states of all bodies of copies of one robot; a joint turns about its body's origin, as in URDF.

    MuJoCo computes the same, but a step leaves it one substep behind, and asking for fresh values costs a tenth of the
    step. Arrays hold the components first and the copies last, so that every operation runs over long rows.
    """

    def __init__(self, robot: HingeTree):
        self._levels = _levels(robot)

    def compute(self, root: Array, dof_pos: Array, dof_vel: Array, out: Array) -> None:
        """Write the body states of n copies of the robot.

        Args:
            root: base states [n, 13], float32: position, quaternion xyzw, linear velocity of the origin and angular
                velocity in world axes.
            dof_pos: joint angles [n, D], float32, rad.
            dof_vel: joint velocities [n, D], float32, rad/s.
            out: [13, B, n], float32, the base first; components as in `root`.
        """
        count, dofs = dof_pos.shape
        half_angles, speeds = np.zeros((2, dofs + 1, count), dtype=np.float32)
        np.multiply(dof_pos.T, 0.5, out=half_angles[:dofs])
        speeds[:dofs] = dof_vel.T
        sine, cosine = np.sin(half_angles), np.cos(half_angles)
        out[:, 0] = root.T
        for level in self._levels:
            parent = out[:, level.parents]
            quat, spin = parent[3:7], parent[10:]
            frame = {k: _axis(quat, k) for k in {k for k, _ in level.offsets + level.axes}}
            arm = _combine(frame, level.offsets, like=spin)
            turn = level.sine_part * sine[level.joints] + level.cosine_part * cosine[level.joints]
            out[:3, level.bodies] = parent[:3] + arm
            out[3:7, level.bodies] = _multiply(quat, turn)
            out[7:10, level.bodies] = parent[7:10] + _cross(spin, arm)
            out[10:, level.bodies] = spin + _combine(frame, level.axes, like=spin) * speeds[level.joints]


def _levels(robot: HingeTree) -> list[_Level]:
    model = robot.model
    index = {int(body): i for i, body in enumerate(robot.body_ids)}
    parent = {i: index[int(model.body_parentid[body])] for body, i in index.items() if body != robot.base_id}
    joint = {index[int(model.joint(name).bodyid[0])]: d for d, name in enumerate(robot.dof_names)}
    levels, bodies = [], [0]
    while bodies := [i for i, above in parent.items() if above in bodies]:
        ids = robot.body_ids[bodies]
        names = [robot.dof_names[joint[i]] if i in joint else None for i in bodies]
        turns = [turn_of(model, body, name) for body, name in zip(ids, names, strict=True)]
        axes, sine_part, cosine_part = (_components_first(np.array(part)) for part in zip(*turns, strict=True))
        levels.append(
            _Level(
                bodies=_indices(bodies),
                parents=_indices([parent[i] for i in bodies]),
                joints=_indices([joint.get(i, len(robot.dof_names)) for i in bodies]),
                offsets=_weights(_components_first(model.body_pos[ids])),
                axes=_weights(axes),
                sine_part=sine_part,
                cosine_part=cosine_part,
            )
        )
    return levels


def turn_of(model: mujoco.MjModel, body: int, joint: str | None) -> tuple[Array, Array, Array]:
    """Joint axis in the parent's frame, and the body's orientation there at joint angles pi and 0."""
    axis = np.zeros(3) if joint is None else model.joint(joint).axis
    rest, turned, parent_axis = model.body_quat[body], np.zeros(4), np.zeros(3)
    mujoco.mju_mulQuat(turned, rest, np.array([0.0, *axis]))
    mujoco.mju_rotVecQuat(parent_axis, axis, rest)
    return parent_axis, np.roll(turned, -1), np.roll(rest, -1)  # wxyz -> xyzw


def _components_first(vectors: Array) -> Array:
    return vectors.T[:, :, None].astype(np.float32)


def _indices(values: list[int]) -> Array | slice:
    """Evenly spaced rising indices as a slice, which needs no copy."""
    steps = {b - a for a, b in zip(values, values[1:], strict=False)}
    if len(steps) == 1 and min(steps) > 0:
        return slice(values[0], values[-1] + 1, steps.pop())
    return np.array(values)


def _weights(vectors: Array) -> _Weights:
    return [(k, row) for k, row in enumerate(vectors) if row.any()]


def _combine(frame: dict[int, Array], weights: _Weights, like: Array) -> Array:
    """Vectors [3, K, n] of constant components along a frame's axes."""
    terms = [weight * frame[k] for k, weight in weights]
    return sum(terms[1:], start=terms[0]) if terms else np.zeros_like(like)


def _axis(quat: Array, index: int) -> Array:
    """The frame axis 0, 1 or 2 (x, y, z) [3, ...] of unit quaternions [4, ...]: a column of the rotation matrix."""
    i, j, k = index, (index + 1) % 3, (index + 2) % 3
    twice = 2.0 * quat
    axis = np.empty_like(quat[:3])
    axis[i] = 1.0 - twice[j] * quat[j] - twice[k] * quat[k]
    axis[j] = twice[i] * quat[j] + twice[k] * quat[3]
    axis[k] = twice[i] * quat[k] - twice[j] * quat[3]
    return axis


def _cross(a: Array, b: Array) -> Array:
    """Cross product of vectors [3, ...]."""
    product = np.empty_like(b[:3])
    np.subtract(a[1] * b[2], a[2] * b[1], out=product[0])
    np.subtract(a[2] * b[0], a[0] * b[2], out=product[1])
    np.subtract(a[0] * b[1], a[1] * b[0], out=product[2])
    return product


def _multiply(a: Array, b: Array) -> Array:
    """Product of quaternions [4, ...], xyzw."""
    product = a[3] * b
    product[:3] += b[3] * a[:3] + _cross(a, b)
    product[3] -= (a[:3] * b[:3]).sum(axis=0)
    return product
