"""A Go2 on a bus: its table of names, and its messages as the runner wants them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import Bus
from legged_gym.deploy.dds.idl import Topic
from legged_gym.deploy.go2 import remote
from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.messages import (
    COMMANDS,
    HEIGHT_MAPS,
    LOW_CMD,
    LOW_STATE,
    NO_POSITION,
    POSES,
    STATES,
)
from legged_gym.deploy.go2.motion_switcher import release
from legged_gym.deploy.runner.messages import BasePose, GroundMap, JointCommand, RobotState
from legged_gym.utils.errors import UserError

MOTORS = [f"{leg}_{part}_joint" for leg in ("FR", "FL", "RR", "RL") for part in ("hip", "thigh", "calf")]
"""Joints by the place of their motors in the messages."""
LYING = {"hip": 0.0, "thigh": 1.36, "calf": -2.65}
"""Joint angles on folded legs, rad (the low-level example of unitree_sdk2_python)."""
_SERVO, _HEAD, _LOW_LEVEL = 1, (0xFE, 0xEF), 0xFF
_UNKNOWN = 1.0e8
"""Cells of a height map at or above this height, m, are empty: they hold 1e9."""


class Go2Transport:
    """Implements `runner.transport.Transport`. Joints are in the controller's order."""

    def __init__(self, bus: Bus, joint_names: Sequence[str]) -> None:
        """Begin to listen.

        Args:
            bus: where the robot is.
            joint_names: the controller's joints, in its order.

        Raises:
            UserError: they are not the robot's.
        """
        if sorted(joint_names) != sorted(MOTORS):
            raise UserError(f"a Go2 has the joints {', '.join(MOTORS)}, the controller {', '.join(joint_names)}")
        self._bus = bus
        self._motors = np.array([MOTORS.index(name) for name in joint_names])
        self.lying_pose = np.array([LYING[name.split("_")[1]] for name in joint_names])
        self.state: RobotState | None = None
        self.arrived: list[RobotState] = []
        self.faulty = self.foreign_commands = self._faulty = 0
        self.map: GroundMap | None = None
        self.pose: BasePose | None = None
        self._states = self._maps = self._poses = self._disorder = 0
        self._command = LOW_CMD.new()
        self._command["head"], self._command["level_flag"] = _HEAD, _LOW_LEVEL
        self._command["motor_cmd"]["mode"] = _SERVO
        self._command["motor_cmd"]["q"] = NO_POSITION
        bus.offer(COMMANDS)
        for topic in (STATES, COMMANDS, HEIGHT_MAPS, POSES):
            bus.take(topic)

    def poll_state(self, now: float) -> None:
        self.foreign_commands += len(self._bus.take(COMMANDS))
        self.arrived = []
        rows = [self._take_state(data, now) for data in self._bus.take(STATES)]
        self.faulty = max(rows, default=self._faulty)

    def poll_map(self, now: float) -> None:
        poses, maps = self._bus.take(POSES), self._bus.take(HEIGHT_MAPS)
        self._poses += len(poses)
        self._maps += len(maps)
        if poses:
            self.pose = self._pose(poses[-1], now) or self.pose
        if maps:
            self.map = self._map(maps[-1], now) or self.map

    def send(self, command: JointCommand) -> None:
        motors, at = self._command["motor_cmd"], self._motors
        motors["q"][at] = np.where(command.stiffness > 0.0, command.target, NO_POSITION)
        motors["kp"][at], motors["kd"][at] = command.stiffness, command.damping
        self._command["crc"] = checksum(self._command)
        self._bus.publish(COMMANDS, LOW_CMD.encode(self._command))

    def release(self, timeout: float) -> None:
        release(self._bus, timeout)

    def close(self) -> None:
        self._bus.close()

    def _take_state(self, data: bytes, now: float) -> int:
        """How many in a row, up to this one, had a wrong checksum or length."""
        self._states += 1
        self._faulty += 1
        try:
            record = LOW_STATE.decode(data)
        except ValueError:
            return self._faulty
        if checksum(record) != record["crc"]:
            return self._faulty
        self._faulty = 0
        if self.state is None or record["tick"] != self.state.tick:
            self._disorder += self.state is not None and bool(record["tick"] < self.state.tick)
            self.state = self._state(record, now)
            self.arrived.append(self.state)
        return self._faulty

    def _state(self, record: np.ndarray, now: float) -> RobotState:
        imu, motors = record["imu_state"], record["motor_state"][self._motors]
        return RobotState(
            index=self._states - 1,
            time=now,
            tick=int(record["tick"]),
            quat=imu["quaternion"].astype(np.float64),
            gyro=imu["gyroscope"].astype(np.float64),
            acceleration=imu["accelerometer"].astype(np.float64),
            dof_pos=motors["q"].astype(np.float64),
            dof_vel=motors["dq"].astype(np.float64),
            torque=motors["tau_est"].astype(np.float64),
            temperature=motors["temperature"].astype(np.float64),
            lost=motors["lost"].astype(np.float64),
            disorder=self._disorder,
            charge=float(record["bms_state"]["soc"]),
            remote=remote.decode(record["wireless_remote"]),
        )

    def _pose(self, data: bytes, now: float) -> BasePose | None:
        message = _decoded(POSES, data)
        if message is None:
            return None
        header, pose = message["header"], message["pose"]
        stamp = header["stamp"]["sec"] + 1e-9 * header["stamp"]["nanosec"]
        position = np.array([pose["position"][axis] for axis in "xyz"])
        quat = np.array([pose["orientation"][axis] for axis in "xyzw"])
        return BasePose(self._poses - 1, now, stamp, header["frame_id"], position, quat)

    def _map(self, data: bytes, now: float) -> GroundMap | None:
        """The cells come with x fastest."""
        message = _decoded(HEIGHT_MAPS, data)
        if message is None or message["data"].size != message["height"] * message["width"] or not message["data"].size:
            return None
        heights = message["data"].reshape(message["height"], message["width"]).T
        return GroundMap(
            index=self._maps - 1,
            time=now,
            stamp=message["stamp"],
            frame=message["frame_id"],
            heights=np.where(np.abs(heights) < _UNKNOWN, heights, np.nan),
            origin=message["origin"].astype(np.float64),
            resolution=message["resolution"],
        )


def _decoded(topic: Topic, data: bytes) -> dict[str, Any] | None:
    """A message's fields; None: its bytes are none."""
    try:
        return cdr.decode(topic.type, data)
    except ValueError:
        return None
