from contextlib import nullcontext

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds import cdr
from legged_gym.deploy.dds.bus import MemoryNetwork
from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.limits import check_drives, check_limits
from legged_gym.deploy.go2.messages import (
    COMMANDS,
    HEIGHT_MAPS,
    LOW_CMD,
    LOW_STATE,
    NO_POSITION,
    POSES,
    STATES,
    SWITCHER_RESPONSES,
)
from legged_gym.deploy.go2.motion_switcher import release
from legged_gym.deploy.go2.simulated_services import Services
from legged_gym.deploy.go2.transport import MOTORS, Go2Transport
from legged_gym.deploy.runner.messages import JointCommand, damped
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import POLICIES

OURS = [f"{leg}_{part}_joint" for leg in ("FL", "FR", "RL", "RR") for part in ("hip", "thigh", "calf")]
PLACES = [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8]
"""Where the motors of our joints are in the robot's messages: FR, FL, RR, RL."""


@pytest.fixture
def sides():
    network = MemoryNetwork()
    robot = network.join()
    robot.take(COMMANDS)
    return robot, Go2Transport(network.join(), OURS)


def state(**values) -> bytes:
    record = LOW_STATE.new()
    record["tick"] = values.get("tick", 1)
    record["motor_state"]["q"] = np.arange(20)
    record["crc"] = checksum(record) + values.get("wrong", 0)
    return LOW_STATE.encode(record)


def test_commands_reach_the_motors_of_their_names(sides):
    robot, transport = sides
    transport.send(JointCommand(np.arange(12.0), np.full(12, 20.0), np.full(12, 0.5)))
    (data,) = robot.take(COMMANDS)
    command = LOW_CMD.decode(data)
    assert command["motor_cmd"]["q"][PLACES].tolist() == list(range(12))
    assert command["motor_cmd"]["kp"].tolist() == [20.0] * 12 + [0.0] * 8
    assert command["motor_cmd"]["mode"].tolist() == [1] * 20
    assert command["head"].tolist() == [0xFE, 0xEF] and command["level_flag"] == 0xFF
    assert command["crc"] == checksum(command)


def test_brakes_have_no_position(sides):
    robot, transport = sides
    transport.send(damped(12, 3.0))
    command = LOW_CMD.decode(robot.take(COMMANDS)[0])
    assert (command["motor_cmd"]["q"] == np.float32(NO_POSITION)).all()
    assert not command["motor_cmd"]["kp"].any() and (command["motor_cmd"]["kd"][:12] == 3.0).all()


def test_states_come_in_our_order_and_only_sound_new_ones(sides):
    robot, transport = sides
    robot.publish(STATES, state(tick=1))
    transport.poll_state(0.1)
    assert transport.state.dof_pos.tolist() == PLACES and transport.state.time == 0.1
    robot.publish(STATES, state(tick=1))  # the same again
    robot.publish(STATES, state(tick=2, wrong=1))
    robot.publish(STATES, state()[:-100])
    transport.poll_state(0.2)
    assert transport.state.time == 0.1 and transport.faulty == 2
    robot.publish(STATES, state(tick=3))
    transport.poll_state(0.3)
    assert transport.state.index == 4 and transport.faulty == 0


def test_a_map_is_turned_to_x_first(sides):
    robot, transport = sides
    message = {
        "stamp": 2.5, "frame_id": "odom", "resolution": 0.5, "width": 3, "height": 2, "origin": [1.0, -1.0],
        "data": [0, 1, 2, 10, 1e9, 12],
    }  # fmt: skip
    robot.publish(HEIGHT_MAPS, cdr.encode(HEIGHT_MAPS.type, message))
    transport.poll_map(1.0)
    assert transport.map.heights[:, 0].tolist() == [0, 1, 2]  # along x
    assert transport.map.heights[2, 1] == 12 and np.isnan(transport.map.heights[1, 1])
    assert transport.map.origin.tolist() == [1.0, -1.0] and transport.map.stamp == 2.5
    message["width"] = 4  # not as many cells
    robot.publish(HEIGHT_MAPS, cdr.encode(HEIGHT_MAPS.type, message))
    robot.publish(HEIGHT_MAPS, b"\0\1\0\0")
    transport.poll_map(2.0)
    assert transport.map.time == 1.0


def test_a_pose(sides):
    robot, transport = sides
    pose = {"position": {"x": 1, "y": 2, "z": 3}, "orientation": {"x": 0, "y": 0, "z": 0.6, "w": 0.8}}
    message = {"header": {"stamp": {"sec": 3, "nanosec": 500_000_000}, "frame_id": "odom"}, "pose": pose}
    robot.publish(POSES, cdr.encode(POSES.type, message))
    transport.poll_map(1.0)
    assert transport.pose.position.tolist() == [1, 2, 3] and transport.pose.quat.tolist() == [0, 0, 0.6, 0.8]
    assert transport.pose.stamp == 3.5 and transport.pose.frame == "odom"


def test_other_writers_are_counted_but_not_oneself(sides):
    robot, transport = sides
    transport.send(damped(12, 3.0))
    transport.poll_state(0.0)
    assert transport.foreign_commands == 0
    robot.publish(COMMANDS, LOW_CMD.encode(LOW_CMD.new()))
    transport.poll_state(0.0)
    assert transport.foreign_commands == 1


def test_another_robot_is_refused():
    with pytest.raises(UserError, match="a Go2 has the joints"):
        Go2Transport(MemoryNetwork().join(), [*OURS[:-1], "arm_joint"])
    assert sorted(MOTORS) == sorted(OURS)


class Answering:
    """A bus whose other side answers at once."""

    def __init__(self, mode: str = "normal", stubborn: bool = False, silent: bool = False, code: int = 0) -> None:
        network = MemoryNetwork()
        self.services, self.bus, self.silent = Services(network.join()), network.join(), silent
        self.services.mode, self.services.stubborn, self.services.code = mode, stubborn, code

    def publish(self, topic, data):
        self.bus.publish(topic, data)
        if not self.silent:
            self.services.answer()

    def offer(self, topic):
        pass

    def take(self, topic):
        return self.bus.take(topic)


def test_the_built_in_controller_lies_down_and_is_released(monkeypatch):
    monkeypatch.setattr("legged_gym.deploy.go2.motion_switcher._LYING_DOWN", 0.0)
    bus = Answering()
    release(bus, timeout=5.0)
    assert bus.services.mode == "" and bus.services.lay_down


def test_nothing_is_asked_of_a_robot_whose_motors_are_free():
    bus = Answering(mode="")
    release(bus, timeout=5.0)
    assert not bus.services.lay_down


@pytest.mark.parametrize(
    ("robot", "says"),
    [
        ({"stubborn": True}, "'normal' does not give"),
        ({"silent": True}, "does not answer"),
        ({"code": 3104}, "does not answer"),  # an error is no word of free motors
    ],
)
def test_waiting_for_the_motors_ends(robot, says):
    with pytest.raises(UserError, match=says):
        release(Answering(**robot), timeout=0.2)


@pytest.mark.parametrize("data", ["", "nothing", "[1]", '{"name": 3}', "{}"])
def test_answers_that_name_no_controller_are_no_answers(data):
    bus = Answering()

    def tell(topic, sent):
        identity = cdr.decode(topic.type, sent)["header"]["identity"]
        response = {"header": {"identity": identity, "status": {"code": 0}}, "data": data, "binary": []}
        bus.services._bus.publish(SWITCHER_RESPONSES, cdr.encode(SWITCHER_RESPONSES.type, response))
        bus.services._bus.publish(SWITCHER_RESPONSES, b"no message")

    bus.publish = tell
    with pytest.raises(UserError, match="does not answer"):
        release(bus, timeout=0.1)


GO2 = Controller(POLICIES / "go2_flat_deploy.onnx").metadata


def test_a_go2s_limits_are_its_own():
    check_limits(GO2.joint_names, GO2.dof_pos_limits, GO2.torque_limits)
    narrower = GO2.dof_pos_limits + np.array([0.1, -0.1])  # of a careful training
    check_limits(GO2.joint_names, narrower, 0.5 * GO2.torque_limits)


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ("a1_flat", "another robot, or its file is old: it moves FL_hip_joint with 33.5 N m, a Go2's has 23.7"),
        ("qmini", "another robot: a Go2 has no hip_yaw_l"),
    ],
)
def test_a_robot_whose_joints_have_the_same_names_is_another_one(policy, says):
    other = Controller(POLICIES / f"{policy}.onnx").metadata
    with pytest.raises(UserError, match=says):
        check_limits(other.joint_names, other.dof_pos_limits, other.torque_limits)


@pytest.mark.parametrize(
    ("limits", "torques", "says"),
    [
        (
            np.tile([-np.inf, np.inf], (12, 1)),
            GO2.torque_limits,
            "FL_hip_joint from -inf to inf rad, a Go2's",
        ),
        (GO2.dof_pos_limits, 1.1 * GO2.torque_limits, "FL_hip_joint with 26.1 N m, a Go2's has 23.7"),
    ],
)
def test_limits_beyond_a_go2s_would_be_no_stops(limits, torques, says):
    with pytest.raises(UserError, match=says):
        check_limits(GO2.joint_names, limits, torques)


@pytest.mark.parametrize(
    ("speed", "stiffness", "damping", "says"),
    [
        (30.1, 80.0, 5.0, ""),
        (np.inf, 20.0, 0.5, "FL_hip_joint with inf rad/s, a Go2's has 30.1"),  # of a file without such limits
        (33.0, 20.0, 0.5, "FL_hip_joint with 33.0 rad/s"),
        (20.0, 500.0, 0.5, "FL_hip_joint with gains of 500 and 0.5, a Go2's have at most 200 and 20"),
        (20.0, 20.0, 50.0, "FL_hip_joint with gains of 20 and 50"),
    ],
)
def test_drives_that_are_no_go2s(speed, stiffness, damping, says):
    arguments = ["FL_hip_joint"], np.array([speed]), np.array([stiffness]), np.array([damping])
    with pytest.raises(UserError, match=says) if says else nullcontext():
        check_drives(*arguments)
