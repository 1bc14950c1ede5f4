"""A Go2 in MuJoCo C that speaks the messages of the real one, checks the commands' checksum, and can fail on demand."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import copy
import math
from collections import deque
from dataclasses import dataclass

import mujoco
import numpy as np

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.go2 import remote
from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.faults import Faults
from legged_gym.deploy.go2.limits import check_limits
from legged_gym.deploy.go2.messages import COMMANDS, HEIGHT_MAPS, LOW_CMD, LOW_STATE, POSES, STATES
from legged_gym.deploy.go2.simulated_services import Services
from legged_gym.deploy.go2.transport import LYING, MOTORS
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.hardware import punctual
from legged_gym.deploy.metadata import Metadata
from legged_gym.deploy.robot import check_robot
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.tiles import build_terrain, tiles
from legged_gym.sim.robot_model import build_robot_model
from legged_gym.utils.errors import UserError

PERIOD = 0.002
"""Between two states, s."""
MAP_CELLS, MAP_CELL, MAP_PERIOD = 128, 0.06, 0.1
"""Cells to a side, side of a cell (m) and time between two (s) of the height map."""
POSE_PERIOD = 0.02
GYRO_NOISE, ACCELERATION_NOISE = 0.01, 0.05
"""Standard deviations, rad/s and m/s^2."""
_LYING_HEIGHT, _HUNG_HEIGHT = 0.12, 0.6
"""Of the base that lies, or hangs, above the ground, m."""
_NOBODY = Buttons(np.zeros(4), frozenset())


@dataclass(frozen=True)
class Setting:
    """Where the robot is, and how its messages travel."""

    terrain: str = "plane"
    """Terrain type, see `tiles.build_terrain`."""
    level: int | None = None
    """Of the terrain; None: the lowest. A plane has none."""
    seed: int = 1
    hung: bool = False
    """The base is held in the air."""
    latency: float = 0.0
    """Of commands, s."""
    loss: float = 0.0
    """Share of the messages that are lost, either way."""


class SimulatedGo2:
    """One robot, stepped from outside, each `PERIOD` s."""

    def __init__(self, bus: Bus, metadata: Metadata, setting: Setting) -> None:
        """Lie on the ground, with the built-in controller active.

        Args:
            bus: to whoever commands it.
            metadata: of a controller of a Go2: what it is simulated like.
            setting: where and how.

        Raises:
            UserError: no such terrain or level, or the metadata contradict themselves.
        """
        metadata = punctual(metadata)
        terrain = build_terrain(metadata.terrain, setting.terrain, setting.seed)
        sim = copy.copy(metadata.sim)
        sim.dt = PERIOD
        self._built = build_robot_model(
            metadata.asset, metadata.control, sim, terrain, contact_sensors=False, contact_pairs=True, boxes=True
        )
        check_robot(metadata, self._built)
        if {*self._built.dof_names} != {*MOTORS}:
            raise UserError(f"the policy is of the task {metadata.task}, not of a Go2: its joints are no Go2's")
        check_limits(self._built.dof_names, self._built.dof_pos_limits, self._built.torque_limits)
        self._model, self._data = self._built.model, mujoco.MjData(self._built.model)
        self._joints = np.array([self._built.dof_names.index(name) for name in MOTORS])
        self._ground, self._setting, self._bus = Ground(terrain), setting, bus
        self._rng = np.random.default_rng(setting.seed)
        self._services = Services(bus)
        self._state = LOW_STATE.new()
        self._late: deque[tuple[float, np.ndarray]] = deque()
        self._map_stamp = 0.0
        self._ticks = 0
        self.faults = Faults()
        self.buttons: Buttons = _NOBODY
        """What the operator presses on the robot's own remote."""
        self.command = LOW_CMD.new()
        """The one that the motors follow."""
        self.command_age = 0.0
        """Since the newest command arrived, s."""
        self.commands = self.faulty_commands = 0
        """How many have come, and how many of them with a wrong checksum or length."""
        bus.take(COMMANDS)
        tile = next(tiles(terrain, setting.terrain, setting.level, 1))
        self._place(terrain.env_origins[tile.level, tile.column])

    @property
    def time(self) -> float:
        """Since it was switched on, s."""
        return self._ticks * PERIOD

    @property
    def is_braked(self) -> bool:
        """Whether the motors are told to brake and nothing else."""
        motors = self.command["motor_cmd"][: len(MOTORS)]
        return bool((motors["kp"] == 0.0).all() and (motors["kd"] > 0.0).all() and (motors["tau"] == 0.0).all())

    @property
    def position(self) -> np.ndarray:
        """Of the base [3], m."""
        return self._data.qpos[:3]

    @property
    def velocity(self) -> np.ndarray:
        """Forward and sideways velocity (m/s) and yaw rate (rad/s) in the base frame [3]."""
        rotation = self._data.xmat[self._built.base_id].reshape(3, 3)
        return np.append((rotation.T @ self._data.qvel[:3])[:2], self._data.qvel[5])

    @property
    def yaw(self) -> float:
        """Angle of the base's heading, rad."""
        rotation = self._data.xmat[self._built.base_id]
        return math.atan2(rotation[3], rotation[0])

    @property
    def tilt(self) -> float:
        """Angle between the base's and the world's vertical, rad."""
        return float(np.arccos(np.clip(self._data.xmat[self._built.base_id][8], -1.0, 1.0)))

    def step(self) -> None:
        """Let `PERIOD` pass, and say what there is to say."""
        self._ticks += 1
        self._services.answer()
        self._take_commands()
        self._drive()
        mujoco.mj_step(self._model, self._data)
        if self._setting.hung:
            self._hold()
        mujoco.mj_kinematics(self._model, self._data)
        if not self.faults.silent and self._arrives():
            self._send_state()
        if self._is_due(POSE_PERIOD):
            self._send_pose()
        if self._is_due(MAP_PERIOD) and not self.faults.no_map:
            self._send_map()

    def _place(self, origin: np.ndarray) -> None:
        lying = np.array([LYING[name.split("_")[1]] for name in self._built.dof_names])
        self._data.qpos[:3] = origin
        self._data.qpos[2] += _HUNG_HEIGHT if self._setting.hung else _LYING_HEIGHT
        self._data.qpos[self._built.joint_qpos] = lying
        self._start = self._data.qpos[:7].copy()
        mujoco.mj_forward(self._model, self._data)

    def _hold(self) -> None:
        self._data.qpos[:7] = self._start
        self._data.qvel[:6] = 0.0

    def _is_due(self, period: float) -> bool:
        return self._ticks % round(period / PERIOD) == 0

    def _arrives(self) -> bool:
        return self._rng.random() >= self._setting.loss

    def _take_commands(self) -> None:
        self.command_age += PERIOD
        for data in self._bus.take(COMMANDS):
            if not self._arrives():
                continue
            self.commands += 1
            try:
                command = LOW_CMD.decode(data)
            except ValueError:
                command = None
            if command is None or checksum(command) != command["crc"]:
                self.faulty_commands += 1
                continue
            self._late.append((self.time + self._setting.latency, command))
        while self._late and self._late[0][0] <= self.time:
            self.command = self._late.popleft()[1]
            self.command_age = 0.0

    def _drive(self) -> None:
        """Each motor's PD, in the engine's own drives, whose damping is implicit."""
        motors, model, at = self.command["motor_cmd"][: len(MOTORS)], self._model, self._joints
        model.actuator_gainprm[at, 0] = motors["kp"]
        model.actuator_biasprm[at, 1] = -motors["kp"]
        model.actuator_biasprm[at, 2] = -motors["kd"]
        self._data.ctrl[at] = np.where(motors["kp"] > 0.0, motors["q"], 0.0)

    def _send_state(self) -> None:
        data, state, faults = self._data, self._state, self.faults
        state["tick"] = self._ticks * round(1e3 * PERIOD)
        imu, motors = state["imu_state"], state["motor_state"]
        if not faults.frozen_imu:
            rotation = data.xmat[self._built.base_id].reshape(3, 3)
            force = rotation.T @ (data.qacc[:3] - self._model.opt.gravity)
            imu["quaternion"] = data.qpos[3:7]
            imu["gyroscope"] = data.qvel[3:6] + GYRO_NOISE * self._rng.standard_normal(3)
            imu["accelerometer"] = force + ACCELERATION_NOISE * self._rng.standard_normal(3)
            imu["gyroscope"][0] += faults.gyro
        if faults.roll:
            imu["quaternion"] = faults.orientation(data.qpos[3:7])
        places = slice(len(MOTORS))
        motors["mode"][places] = 1
        motors["q"][places] = data.qpos[self._built.joint_qpos][self._joints]
        motors["dq"][places] = data.qvel[self._built.joint_dof][self._joints]
        motors["tau_est"][places] = data.actuator_force[self._joints]
        motors["temperature"][places], motors["lost"][places] = faults.temperature, faults.lost
        for name, value in (("q", faults.dof_pos), ("dq", faults.dof_vel), ("tau_est", faults.torque)):
            motors[name][0] += value
        state["bms_state"]["soc"] = faults.charge
        state["wireless_remote"] = remote.encode(self.buttons)
        state["crc"] = checksum(state) ^ faults.wrong_checksum
        self._bus.publish(STATES, LOW_STATE.encode(state))

    def _send_pose(self) -> None:
        position, (w, x, y, z) = self._data.qpos[:3], self._data.qpos[3:7]
        seconds = int(self.time)
        message = {
            "header": {
                "stamp": {"sec": seconds, "nanosec": round(1e9 * (self.time - seconds))},
                "frame_id": "odom",
            },
            "pose": {
                "position": dict(zip("xyz", position, strict=True)),
                "orientation": {"x": x, "y": y, "z": z, "w": w},
            },
        }
        self._bus.publish(POSES, cdr.encode(POSES.type, message))

    def _send_map(self) -> None:
        """World axes, x fastest, the robot in the middle."""
        faults = self.faults
        if not faults.old_map:
            self._map_stamp = self.time
        origin = np.round(self.position[:2] / MAP_CELL - 0.5 * MAP_CELLS) * MAP_CELL
        steps = MAP_CELL * np.arange(MAP_CELLS)
        x, y = np.meshgrid(origin[0] + steps, origin[1] + steps)
        heights = self._ground.sample(np.stack([x, y], axis=-1))
        message = {
            "stamp": self._map_stamp,
            "frame_id": faults.map_frame,
            "resolution": MAP_CELL,
            "width": MAP_CELLS,
            "height": MAP_CELLS,
            "origin": origin,
            "data": np.full(heights.size, 1e9) if faults.empty_map else heights.ravel(),
        }
        self._bus.publish(HEIGHT_MAPS, cdr.encode(HEIGHT_MAPS.type, message))
