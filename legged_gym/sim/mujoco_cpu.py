"""MuJoCo C on the cores of any computer: a batch of robots stepped by MuJoCo's own thread pool."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import contextlib
import logging

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch, SimulationError

from legged_gym.sim.config import AssetCfg, ControlCfg, SimCfg
from legged_gym.sim.modelled_simulator import ModelledSimulator
from legged_gym.sim.mujoco_fields import BatchFields
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import quat_rotate, quat_rotate_inverse
from robust_parallel.cores import available_cores
from robust_parallel.physics.failures import FAILURE_KINDS, find_failures
from robust_parallel.physics.kinematics import BodyKinematics
from robust_parallel.physics.model_parts import use_older_collider

logger = logging.getLogger(__name__)

_Rows = slice | np.ndarray
_ALL = slice(None)


class MujocoSimulator(ModelledSimulator):
    """The `Simulator` contract on `mujoco.batch.Batch`.

    Bit-reproducible, whatever the number of threads. The engine holds its state in float64 rows; what a control step
    copies out of them is the base, the joints, the drive torques and the contact sensors. Body states are computed from
    these (see `BodyKinematics`) when they are asked for: ask for `body_states`, a transposed view, not contiguous, anew
    after each call. An actuator model gets
    the joints' state and gives their torques before every substep, all in torch and float32.

    MuJoCo warns of diverging simulations process-wide, on the console and in a file; here such a warning is a logged
    debug message, since it is counted as a failure.
    """

    failure_kinds = FAILURE_KINDS

    def __init__(
        self,
        asset: AssetCfg,
        control: ControlCfg,
        sim: SimCfg,
        terrain: TerrainLike,
        num_envs: int,
        device: str | torch.device,
    ):
        """Build the model and its copies, all in the model's zero pose at the world's origin.

        Raises:
            UserError: the robot or its configuration is faulty, or the device is not the CPU.
        """
        if torch.device(device).type != "cpu":
            raise UserError(f"the mujoco engine runs on the CPU, not on {device}")
        mujoco.set_mju_user_warning(logger.debug)
        robot = build_robot_model(asset, control, sim, terrain, contact_sensors=True, contact_pairs=True, boxes=True)
        self._take_over(robot, control, sim, num_envs, device)
        use_older_collider(robot.model)
        threads = sim.num_threads or available_cores()
        self._batch = Batch(robot.model, num_envs, threads, persistent=robot.has_boxes)
        self._fields = BatchFields(self._batch, robot)
        self._kinematics = BodyKinematics(robot)
        self._max_position, self._max_velocity = sim.max_position, sim.max_velocity
        self._bind_engine(self._batch, robot)
        self._allocate_tensors()
        self._publish(_ALL)

    @property
    def body_states(self) -> torch.Tensor:  # pyright: ignore[reportIncompatibleVariableOverride] - up to date when read
        if self._outdated.any():
            rows = _ALL if self._outdated.all() else np.flatnonzero(self._outdated)
            bodies = self._bodies[..., rows]
            self._kinematics.compute(self._root[rows], self._dof_pos[rows], self._dof_vel[rows], out=bodies)
            if not isinstance(rows, slice):  # an array of ids made a copy
                self._bodies[..., rows] = bodies
            self._outdated[:] = False
        return self._body_states

    def step(self, targets: torch.Tensor, delay: torch.Tensor | None = None) -> None:
        self._require_open()
        self._targets.send(targets, delay)
        self.step_physics()
        failed, counts = find_failures(
            self._batch, self._base_pos, self._raised, self._max_position, self._max_velocity
        )
        self.failure_totals += torch.from_numpy(counts)
        self._failed[:] = failed
        any_failed = failed.any()
        if any_failed:
            self._hold(np.flatnonzero(failed))
        self._publish(_ALL)
        self._torques[:] = self._actuator_force
        self._contact_forces[:] = self._contact_sensors
        if any_failed:
            self._torques[failed] = 0.0
            self._contact_forces[failed] = 0.0
        self._contact_forces[~self._moving] = 0.0  # what the last step of those that rest felt is over

    def rest(self, mask: torch.Tensor) -> None:
        self._moving = ~mask.numpy()

    def step_physics(self) -> None:
        self._raised[:] = False
        if self._actuator is None and not (self._targets.late > 0).any():
            self._ctrl[:] = self._targets.sent.numpy()
            self._advance(self.decimation)
            return
        for _ in range(self.decimation):
            self._ctrl[:] = self._drive(self._targets.pass_substep()).numpy()
            self._advance(1)

    def _drive(self, targets: torch.Tensor) -> torch.Tensor:
        """What the engine's drives are told in a substep: targets [N, D], or the torques of the actuator model."""
        if self._actuator is None:
            return targets
        self._actuator.compute(targets, self._joint_pos.float(), self._joint_vel.float())
        return self._actuator.torques

    def _advance(self, substeps: int) -> None:
        with contextlib.suppress(SimulationError):  # `status` tells which simulations raised
            self._batch.step(self._moving, nstep=substeps)
        self._raised |= self._moving & (self._batch.status != 0)

    def reset(
        self, mask: torch.Tensor, root_states: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor
    ) -> None:
        self._require_open()
        rows = np.flatnonzero(mask.numpy())
        if not rows.size:
            return
        if self.mimics:
            dof_pos, dof_vel = dof_pos.clone(), dof_vel.clone()
            self._follow_mimics(dof_pos, dof_vel)
        root = root_states.numpy()[rows].astype(np.float64)
        quat = root[:, 3:7] / np.linalg.norm(root[:, 3:7], axis=1, keepdims=True)
        self._write_pose(rows, root[:, :3], quat, dof_pos.numpy()[rows])
        self._qvel[rows, self.robot.joint_dof] = dof_vel.numpy()[rows]
        if not self.robot.fixed_base:
            self._qvel[rows, :3] = root[:, 7:10]
            self._qvel[rows, 3:6] = _to_base(quat, root[:, 10:])
        self._targets.reset(mask, dof_pos)
        self._time[rows] = 0.0
        self._batch.warning[rows] = 0
        if self._actuator is not None:
            self._actuator.reset(mask, dof_pos)
        self._publish(rows)
        self._torques[rows] = 0.0
        self._contact_forces[rows] = 0.0
        self._failed[rows] = False

    def apply_push(self, delta_velocity: torch.Tensor) -> None:
        """Add a velocity step [N, 6] (linear, angular; world axes) to the base. A fixed base stays where it is."""
        delta = delta_velocity.numpy()
        rows = np.flatnonzero(delta.any(axis=1))
        if not rows.size or self.robot.fixed_base:
            return
        push = delta[rows].astype(np.float64)
        self._qvel[rows, :3] += push[:, :3]
        self._qvel[rows, 3:6] += _to_base(np.roll(self._base_quat[rows], -1, axis=1), push[:, 3:])
        self._publish(rows)

    def _write_field(self, field: str, values: torch.Tensor, mask: torch.Tensor | None) -> None:
        rows = np.arange(self.num_envs) if mask is None else np.flatnonzero(mask.numpy())
        self._fields.write(field, values.numpy()[rows].astype(np.float64), rows)

    def _read_field(self, field: str) -> torch.Tensor:
        return torch.tensor(self._fields.read(field), dtype=torch.float32)

    def _free(self) -> None:
        del self._batch, self._fields
        del self._qpos, self._qvel, self._ctrl, self._time, self._warmstart, self._base_pos, self._base_quat
        del self._actuator_force, self._contact_sensors, self._joint_pos, self._joint_vel

    def _bind_engine(self, batch: Batch, robot: RobotModel) -> None:
        """Live float64 arrays of the engine."""
        self._qpos, self._qvel, self._ctrl = batch.bind("qpos"), batch.bind("qvel"), batch.bind("ctrl")
        self._time, self._warmstart = batch.bind("time"), batch.bind("qacc_warmstart")
        self._joint_pos = torch.from_numpy(self._qpos)[:, robot.joint_qpos]
        self._joint_vel = torch.from_numpy(self._qvel)[:, robot.joint_dof]
        self._actuator_force = batch.bind("actuator_force")
        self._contact_sensors = batch.bind("sensordata").reshape(batch.nsim, len(robot.body_names), 3)
        if robot.fixed_base:
            self._base_pos, self._base_quat = batch.bind("mocap_pos")[:, 0], batch.bind("mocap_quat")[:, 0]
        else:
            self._base_pos, self._base_quat = self._qpos[:, :3], self._qpos[:, 3:7]

    def _allocate_tensors(self) -> None:
        """The live tensors, and NumPy's views of them."""
        envs, dofs, bodies = self.num_envs, len(self.dof_names), len(self.body_names)
        self.root_states, self.torques = torch.zeros(envs, 13), torch.zeros(envs, dofs)
        self.dof_pos, self.dof_vel = torch.zeros(envs, dofs), torch.zeros(envs, dofs)
        self._targets = self._make_targets(self._tensor(self.robot.servos))
        self._raised, self._moving = np.zeros(envs, dtype=bool), np.ones(envs, dtype=bool)
        self.contact_forces, self.failed = torch.zeros(envs, bodies, 3), torch.zeros(envs, dtype=torch.bool)
        self.failure_totals = torch.zeros(len(self.failure_kinds), dtype=torch.int32)
        self._root, self._torques = self.root_states.numpy(), self.torques.numpy()
        self._dof_pos, self._dof_vel = self.dof_pos.numpy(), self.dof_vel.numpy()
        self._contact_forces, self._failed = self.contact_forces.numpy(), self.failed.numpy()
        self._bodies = np.zeros((13, bodies, envs), dtype=np.float32)
        self._body_states = torch.from_numpy(self._bodies).permute(2, 1, 0)
        self._outdated = np.ones(envs, dtype=bool)
        """Robots whose `_bodies` are those of an earlier state."""

    def _publish(self, rows: _Rows) -> None:
        """Copy the engine's state into the live tensors."""
        self._root[rows, :3] = self._base_pos[rows]
        self._root[rows, 3:6] = self._base_quat[rows, 1:]
        self._root[rows, 6] = self._base_quat[rows, 0]
        if not self.robot.fixed_base:
            self._root[rows, 7:10] = self._qvel[rows, :3]
            self._root[rows, 10:] = _to_world(self._root[rows, 3:7], self._qvel[rows, 3:6])
        self._dof_pos[rows] = self._qpos[rows, self.robot.joint_qpos]
        self._dof_vel[rows] = self._qvel[rows, self.robot.joint_dof]
        self._outdated[rows] = True

    def _hold(self, rows: np.ndarray) -> None:
        """Put failed simulations back, at rest, to the pose that the live tensors still hold: that before the step."""
        pose = np.concatenate((self._root[rows, :7], self._dof_pos[rows]), axis=1).astype(np.float64)
        broken = ~np.isfinite(pose).all(axis=1)  # the last reset gave them none
        pose[broken] = 0.0
        pose[broken, 6] = 1.0
        self._write_pose(rows, pose[:, :3], pose[:, 3:7], pose[:, 7:])
        self._qvel[rows] = 0.0
        self._ctrl[rows] = pose[:, 7:]
        self._batch.warning[rows] = 0

    def _write_pose(self, rows: np.ndarray, position: np.ndarray, quat: np.ndarray, dof_pos: np.ndarray) -> None:
        """Set base and joints; the solver must not start from the forces of another state."""
        self._base_pos[rows] = position
        self._base_quat[rows] = np.roll(quat, 1, axis=1)  # xyzw -> wxyz
        self._qpos[rows, self.robot.joint_qpos] = dof_pos
        self._warmstart[rows] = 0.0


def _to_world(quat: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Rotate vectors [n, 3] of the base frame to the world; quaternions xyzw [n, 4], float32."""
    local = torch.from_numpy(vectors.astype(np.float32))
    return quat_rotate(torch.from_numpy(quat), local[:, None])[:, 0].numpy()


def _to_base(quat: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Rotate vectors [n, 3] of the world to the base frame; quaternions xyzw [n, 4], float64."""
    return quat_rotate_inverse(torch.from_numpy(quat), torch.from_numpy(vectors)[:, None])[:, 0].numpy()
