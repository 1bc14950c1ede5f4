"""One robot in plain MuJoCo C, built from what its controller's file says."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import mujoco
import numpy as np

from legged_gym.deploy.drives import Drives
from legged_gym.deploy.metadata import Metadata
from legged_gym.deploy.randomization import Randomization
from legged_gym.sim.robot_model import RobotModel, build_robot_model
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)


def check_robot(metadata: Metadata, built: RobotModel) -> None:
    """See that a robot that was built by a controller's metadata is the one that they tell of.

    Raises:
        UserError: it has other joints, drives or feet.
    """
    if built.dof_names != metadata.joint_names:
        raise UserError(
            f"the policy's joints are {', '.join(metadata.joint_names)}, but those of {metadata.asset.file} are "
            f"{', '.join(built.dof_names)}"
        )
    for name in ("torque_limits", "stiffness", "damping"):
        told, found = getattr(metadata, name), getattr(built, name)
        for joint, one, other in zip(metadata.joint_names, told if told is not None else (), found, strict=False):
            if not math.isclose(one, other, rel_tol=1e-4, abs_tol=1e-6):
                raise UserError(
                    f"the controller's {name} of {joint} is {one:g}, that of its simulation {other:g}: its file "
                    "contradicts itself; export the policy again with play.py"
                )
    told, found = metadata.dof_pos_limits, built.dof_pos_limits
    for joint in np.flatnonzero((np.isfinite(told) & ~np.isclose(told, found, rtol=1e-4, atol=1e-4)).any(axis=1)):
        raise UserError(
            f"the controller's limits of {metadata.joint_names[joint]} are {told[joint].tolist()}, those of its "
            f"simulation {found[joint].tolist()}: its file contradicts itself; export the policy again with play.py"
        )
    feet = metadata.map.feet if metadata.map is not None else []
    missing = [name for name in feet if name not in built.body_names]
    if missing:
        raise UserError(f"the policy's map view names the foot {missing[0]!r}, which {metadata.asset.file} has not")


def _build(metadata: Metadata, terrain: Terrain) -> RobotModel:
    """The controller's robot, checked, on a terrain."""
    built = build_robot_model(
        metadata.asset, metadata.control, metadata.sim, terrain, contact_sensors=True, contact_pairs=True, boxes=True
    )
    if built.fixed_base:
        raise UserError("asset.fix_base_link: a robot welded to the world cannot walk")
    if not math.isclose(metadata.physics_dt, metadata.sim.dt, rel_tol=1e-6):
        raise UserError(
            f"the policy's physics step is {metadata.physics_dt} s, that of its simulation {metadata.sim.dt} s"
        )
    check_robot(metadata, built)
    return built


class Robot:
    """A robot on its terrain, stepped exactly as one of `MujocoSimulator`'s.

    D joints are in the policy's order. What it senses is of the end of the last control step.
    """

    def __init__(self, metadata: Metadata, terrain: Terrain, folder: Path) -> None:
        """Build the model.

        Args:
            metadata: of the controller.
            terrain: where it stands.
            folder: of the controller's file; that of its drives lies beside it.

        Raises:
            UserError: the robot's description is missing or faulty, or it or its drives are not the controller's.
        """
        mujoco.set_mju_user_warning(logger.debug)
        self._built = _build(metadata, terrain)
        joints = len(metadata.joint_names)
        self._drives = Drives(folder / metadata.drives_file, joints) if metadata.drives_file else None
        self._torque_limits = metadata.torque_limits if metadata.target == "torque" else None
        self._servos = self._built.servos if self._torque_limits is None else np.zeros(joints)
        self._model = self._built.model
        self._model.opt.disableflags |= int(mujoco.mjtDisableBit.mjDSBL_NATIVECCD)  # as in MujocoSimulator
        self._data = mujoco.MjData(self._model)
        self._randomization = Randomization(metadata.domain_rand, self._built)
        self._decimation = metadata.decimation
        oldest = math.ceil(self._randomization.longest_action_delay / metadata.decimation)
        self._sent: deque[np.ndarray] = deque(maxlen=1 + oldest)
        """Targets of the last control steps, newest first; last the pose of a reset."""
        self._max_velocity, self._max_position = metadata.sim.max_velocity, metadata.sim.max_position
        self._terminating = self._built.roles.terminating
        self._view_state()
        self.dof_pos_limits = self._built.dof_pos_limits
        """Lower and upper joint limits [D, 2], rad."""
        self.nominal_feet = self._nominal_feet(metadata)
        """Where the feet that the controller's map view names are in the default pose: x and y in the base frame
        [F, 2], m."""

    def _view_state(self) -> None:
        """Name the parts of the engine's state."""
        self._contact_forces = self._data.sensordata.reshape(len(self._built.body_names), 3)
        self._rotation = self._data.xmat[self._built.base_id].reshape(3, 3)
        self.position = self._data.qpos[:3]
        """Position of the base in the world [3], m."""
        self.quat = self._data.qpos[3:7]
        """Orientation of the base [4], wxyz."""
        self.dof_pos = self._data.qpos[self._built.joint_qpos]
        """Joint angles [D], rad."""
        self.dof_vel = self._data.qvel[self._built.joint_dof]
        """Joint velocities [D], rad/s."""
        self.base_ang_vel = self._data.qvel[3:6]
        """Angular velocity in the base frame [3], rad/s."""
        self.torques = self._data.actuator_force
        """Torques of the drives in the last substep [D], N m."""

    def _nominal_feet(self, metadata: Metadata) -> np.ndarray:
        feet = metadata.map.feet if metadata.map is not None else []
        ids = [self._built.body_ids[self._built.body_names.index(name)] for name in feet]
        self.reset(np.zeros(3), (0.0, 0.0, 0.0), np.zeros(6), metadata.default_dof_pos)
        return self._data.xpos[ids, :2].copy()

    def randomize(self, rng: np.random.Generator) -> None:
        """Become another robot, as the policy's training draws them; to be reset then."""
        self._randomization.draw(rng, self._data)

    def reset(self, position: np.ndarray, rpy: Sequence[float], velocity: np.ndarray, dof_pos: np.ndarray) -> None:
        """Put the robot somewhere, with its joints at rest.

        Args:
            position: of the base in the world [3], m.
            rpy: its roll, pitch and yaw, in this order about the world's axes, rad.
            velocity: of the base [6], linear and angular, world axes, m/s and rad/s.
            dof_pos: joint angles [D], rad.
        """
        mujoco.mj_resetData(self._model, self._data)
        self.position[:] = position
        mujoco.mju_euler2Quat(self.quat, rpy, "XYZ")
        self.dof_pos[:] = dof_pos
        self._sent.clear()
        self._sent.append(self._servos * dof_pos)
        if self._drives is not None:
            self._drives.reset()
        mujoco.mj_kinematics(self._model, self._data)
        self._data.qvel[:3] = velocity[:3]
        self.base_ang_vel[:] = self._rotation.T @ velocity[3:]

    def step(self, targets: np.ndarray) -> None:
        """Advance one control step.

        Args:
            targets: joint positions as the encoders would read them [D], rad; speeds, rad/s, or torques, N m, of joints
                that are driven so.
        """
        self._sent.appendleft(targets - self._servos * self._randomization.motor_zero)
        delay = self._randomization.draw_action_delay()
        for substep in range(self._decimation):
            age = max(math.ceil((delay - substep) / self._decimation), 0)
            self._data.ctrl[:] = self._drive(self._sent[min(age, len(self._sent) - 1)])
            mujoco.mj_step(self._model, self._data)
        mujoco.mj_kinematics(self._model, self._data)  # a step leaves the bodies one substep behind

    def _drive(self, targets: np.ndarray) -> np.ndarray:
        """What the engine's drives are told [D]: what its own take, or torques, N m."""
        if self._torque_limits is not None:
            return np.clip(targets, -self._torque_limits, self._torque_limits)
        return targets if self._drives is None else self._drives.torques(targets, self.dof_pos, self.dof_vel)

    @property
    def feet(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions of the feet [F, 3], m, and the contact forces on them [F, 3], N, in the world."""
        feet = self._built.roles.feet
        return self._data.xpos[self._built.body_ids[feet]].copy(), self._contact_forces[feet].copy()

    @property
    def measured_dof_pos(self) -> np.ndarray:
        """Joint angles that the encoders read [D], rad."""
        return self.dof_pos + self._randomization.motor_zero

    @property
    def obs_delay(self) -> int:
        """Age in which proprioceptive measurements reach the policy, control steps."""
        return self._randomization.obs_delay

    @property
    def base_lin_vel(self) -> np.ndarray:
        """Velocity of the base in its own frame [3], m/s."""
        return self._rotation.T @ self._data.qvel[:3]

    @property
    def projected_gravity(self) -> np.ndarray:
        """Direction of gravity in the base frame [3]."""
        return -self._rotation[2]

    @property
    def heading(self) -> np.ndarray:
        """Unit vector of the base's heading in the world [2]."""
        forward = self._rotation[:2, 0]
        return forward / max(float(np.linalg.norm(forward)), 1.0e-6)

    @property
    def yaw(self) -> float:
        """Angle of the heading, rad."""
        return math.atan2(self._rotation[1, 0], self._rotation[0, 0])

    @property
    def terminating_force(self) -> float:
        """Largest contact force on a body that must not touch the ground, N."""
        return float(np.linalg.norm(self._contact_forces[self._terminating], axis=1).max(initial=0.0))

    @property
    def tilt(self) -> float:
        """Angle between the base's and the world's vertical, rad."""
        return math.acos(min(max(self._rotation[2, 2], -1.0), 1.0))

    @property
    def failed(self) -> bool:
        """The engine has lost the robot: a warning, or a state beyond all bounds."""
        qvel = self._data.qvel
        bounded = np.abs(qvel).max() <= self._max_velocity and np.linalg.norm(self.position) <= self._max_position
        return not (bounded and np.isfinite(self._data.qpos).all()) or bool(self._data.warning.number.any())
