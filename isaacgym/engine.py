"""MuJoCo C behind the calls: one simulation an environment, stepped together on all cores."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import contextlib
import logging

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch, SimulationError

from isaacgym.drives import DRIVE_FIELDS, Drives
from isaacgym.failure_log import FailureLog
from isaacgym.fields import PropertyFields
from isaacgym.model import Model
from robust_parallel.cores import available_cores
from robust_parallel.physics.failures import FAILURE_KINDS, find_failures
from robust_parallel.physics.kinematics import BodyKinematics

logger = logging.getLogger(__name__)

Array = np.ndarray

_MAX_POSITION, _MAX_VELOCITY = 1.0e4, 1.0e3
"""A base farther away, m, or anything faster than this, m/s or rad/s, has failed."""


class MujocoEngine:
    """The `Engine` contract on MuJoCo C."""

    device = torch.device("cpu")

    def __init__(self, model: Model, poses: Array, substeps: int, ground_friction: float) -> None:
        """Put the robots where they start, their joints at 0.

        Args:
            model: that of all robots.
            poses: position, m, and quaternion xyzw of each base [N, 7].
            substeps: physics steps that `simulate` takes.
            ground_friction: the ground's coefficient.
        """
        mujoco.set_mju_user_warning(logger.debug)  # what it would tell is counted as failures
        self._fixed_base, self._substeps = model.fixed_base, substeps
        self._batch = batch = Batch(model.model, len(poses), available_cores())
        self.properties = PropertyFields(model, len(poses), ground_friction, self._upload, batch.set_const)
        self._kinematics = BodyKinematics(model)
        self._qpos, self._qvel = batch.bind("qpos"), batch.bind("qvel")
        self._joint_pos, self._joint_vel = self._qpos[:, model.joint_qpos], self._qvel[:, model.joint_dof]
        self._torques = batch.bind("qfrc_applied")[:, model.joint_dof]
        self._drive_torques = batch.bind("qfrc_actuator")[:, model.joint_dof]
        self._drives: Drives | None = None
        if model.model.nu:
            targets = np.zeros((2, *self._torques.shape))
            self._drives = Drives(batch.expand("actuator_biasprm"), batch.bind("ctrl"), *targets)
        self._body_forces, self._body_ids, self._pushed = batch.bind("xfrc_applied"), model.body_ids, False
        self._warmstart = batch.bind("qacc_warmstart")
        self._contacts = batch.bind("sensordata").reshape(len(poses), len(model.body_ids), 3)
        if model.fixed_base:
            self._base_pos, self._base_quat = batch.bind("mocap_pos")[:, 0], batch.bind("mocap_quat")[:, 0]
        else:
            self._base_pos, self._base_quat = self._qpos[:, :3], self._qpos[:, 3:7]
        self._contact_forces = np.zeros(self._contacts.shape, dtype=np.float32)
        self.time = 0.0
        """Simulated time, s."""
        self.failures = dict.fromkeys(FAILURE_KINDS, 0)
        """Failures since the start, by kind."""
        self._failure_log = FailureLog()
        self._set_roots(np.pad(poses, ((0, 0), (0, 6))), np.arange(len(poses)))
        self.keep()

    def array(self, tensor: torch.Tensor) -> Array:
        """NumPy's view of a tensor."""
        return tensor.detach().numpy()

    def simulate(self) -> None:
        with contextlib.suppress(SimulationError):  # `status` tells which simulations raised
            self._batch.step(nstep=self._substeps)
        if self._pushed:
            self._body_forces[:] = 0.0
            self._pushed = False
        self.time += self._substeps * self._batch.model.opt.timestep
        self._contact_forces[:] = self._contacts
        raised = self._batch.status != 0
        failed, counts = find_failures(self._batch, self._base_pos, raised, _MAX_POSITION, _MAX_VELOCITY)
        if failed.any():
            self._hold(np.flatnonzero(failed))
            for kind, count in zip(FAILURE_KINDS, counts.tolist(), strict=True):
                self.failures[kind] += count
            self._failure_log.tell(self.failures)
        self.keep()

    def read_roots(self, out: Array) -> None:
        out[:, :3] = self._base_pos
        out[:, 3:7] = np.roll(self._base_quat, -1, axis=1)
        if not self._fixed_base:
            out[:, 7:10] = self._qvel[:, :3]
            out[:, 10:] = _turned(self._base_quat, self._qvel[:, 3:6], 1.0)

    def read_joints(self, out: Array) -> None:
        out[..., 0], out[..., 1] = self._joint_pos, self._joint_vel

    def read_bodies(self, out: Array) -> None:
        out[:] = self._bodies_at(self._kept_roots, self._kept_joints)

    def read_contacts(self, out: Array) -> None:
        out[:] = self._contact_forces

    def set_roots(self, states: Array, rows: Array) -> None:
        rows = np.unique(rows)
        self._set_roots(states[rows].astype(np.float64), rows)

    def set_joints(self, states: Array, rows: Array) -> None:
        rows = np.unique(rows)
        self._set_joints(states[rows], rows)

    def keep(self) -> None:
        self._kept_roots, self._kept_joints = self._present()

    def _set_roots(self, states: Array, rows: Array) -> None:
        """Set the bases of some robots [n] to as many states [n, 13]."""
        quat = np.roll(states[:, 3:7], 1, axis=1)
        self._base_pos[rows] = states[:, :3]
        self._base_quat[rows] = quat = quat / np.linalg.norm(quat, axis=1, keepdims=True)
        if not self._fixed_base:
            self._qvel[rows, :3] = states[:, 7:10]
            self._qvel[rows, 3:6] = _turned(quat, states[:, 10:], -1.0)
        self._warmstart[rows] = 0.0  # the solver must not start from the forces of another state

    def _set_joints(self, states: Array, rows: Array) -> None:
        """Set the joints of some robots [n] to as many angles and velocities [n, D, 2]."""
        self._joint_pos[rows], self._joint_vel[rows] = states[..., 0], states[..., 1]
        self._warmstart[rows] = 0.0

    def set_torques(self, torques: Array) -> None:
        self._torques[:] = torques if self._drives is None else torques * self._drives.are_absent

    def set_targets(self, positions: Array | None, speeds: Array | None, rows: Array) -> None:
        if self._drives is not None and positions is not None:
            self._drives.set_positions(positions, rows)
        if self._drives is not None and speeds is not None:
            self._drives.set_speeds(speeds, rows)

    def read_torques(self, out: Array) -> None:
        out[..., 0] = self._torques + self._drive_torques

    def push_bodies(self, forces: Array, torques: Array, local: bool) -> None:
        both = np.stack((forces, torques), axis=2).astype(np.float64)
        if local:
            quat = np.roll(self._bodies_at(*self._present())[..., 3:7], 1, axis=-1).astype(np.float64)
            both = _turned(quat[:, :, None], both, 1.0)
        self._body_forces[:, self._body_ids] += both.reshape(*forces.shape[:2], 6)
        self._pushed = True

    def report_failures(self) -> None:
        self._failure_log.tell(self.failures)

    def set_gravity(self, gravity: Array) -> None:
        self._batch.expand("opt.gravity")[:] = gravity
        self._batch.set_const()

    def _present(self) -> tuple[Array, Array]:
        """Bases [N, 13] and joints [N, D, 2] as they are."""
        roots = np.zeros((len(self._qpos), 13), dtype=np.float32)
        joints = np.empty((*self._joint_pos.shape, 2), dtype=np.float32)
        self.read_roots(roots)
        self.read_joints(joints)
        return roots, joints

    def _bodies_at(self, roots: Array, joints: Array) -> Array:
        """States of the bodies [N, B, 13] of bases and joints."""
        states = np.empty((13, len(self._body_ids), len(roots)), dtype=np.float32)
        self._kinematics.compute(roots, joints[..., 0], joints[..., 1], out=states)
        return states.transpose(2, 1, 0)

    def _hold(self, rows: Array) -> None:
        states, joints = self._kept_roots[rows].astype(np.float64), self._kept_joints[rows].astype(np.float64)
        states[:, 7:], joints[..., 1] = 0.0, 0.0
        self._set_roots(states, rows)
        self._set_joints(joints, rows)
        self._contact_forces[rows] = 0.0
        self._batch.warning[rows] = 0

    def _upload(self, name: str, values: Array, rows: Array) -> None:
        self._batch.expand(name)[rows] = values
        if name in DRIVE_FIELDS and self._drives is not None:
            self._drives.write()
            self._torques *= self._drives.are_absent


def _turned(quat: Array, vectors: Array, sign: float) -> Array:
    """Vectors [..., 3] turned by unit quaternions [..., 4], wxyz, or with the sign -1 turned back."""
    axis = sign * quat[..., 1:]
    twice = 2.0 * np.cross(axis, vectors)
    return vectors + quat[..., :1] * twice + np.cross(axis, twice)
