import dataclasses

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.bus import MemoryNetwork
from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.dry_run import DryBus
from legged_gym.deploy.go2.messages import COMMANDS, LOW_CMD, LOW_STATE, SPORT_REQUESTS, STATES, SWITCHER_REQUESTS
from legged_gym.deploy.go2.simulated import Setting, SimulatedGo2
from legged_gym.deploy.go2.transport import MOTORS, Go2Transport
from legged_gym.deploy.runner.messages import damped
from legged_gym.deploy.runner.phases import Phase
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import FLAT, POLICIES, STUDENT, Loop


def alone(**setting):
    network = MemoryNetwork()
    robot = SimulatedGo2(network.join(), Controller(FLAT).metadata, Setting(**setting))
    return robot, network.join()


def command(kd: float, wrong: int = 0) -> bytes:
    record = LOW_CMD.new()
    record["motor_cmd"]["kd"] = kd
    record["crc"] = checksum(record) + wrong
    return LOW_CMD.encode(record)


def steps(robot: SimulatedGo2, count: int) -> None:
    for _ in range(count):
        robot.step()


def test_commands_take_effect_after_the_latency():
    robot, bus = alone(latency=0.01)
    bus.publish(COMMANDS, command(3.0))
    steps(robot, 5)
    assert not robot.is_braked
    steps(robot, 1)
    assert robot.is_braked and robot.command_age == 0.0
    steps(robot, 10)
    assert robot.command_age == pytest.approx(0.02)


def test_a_command_with_a_wrong_checksum_is_ignored():
    robot, bus = alone()
    bus.publish(COMMANDS, command(3.0, wrong=1))
    steps(robot, 2)
    assert not robot.is_braked and robot.faulty_commands == 1


def test_what_is_no_message_is_ignored():
    robot, bus = alone()
    bus.publish(COMMANDS, b"garbage")
    for topic in (SWITCHER_REQUESTS, SPORT_REQUESTS):
        bus.publish(topic, b"garbage")
    steps(robot, 2)
    assert robot.faulty_commands == 1 and robot.time == 0.004


def test_messages_are_lost():
    robot, bus = alone(loss=0.5)
    for _ in range(400):
        bus.publish(COMMANDS, command(3.0))
        robot.step()
    assert 150 < robot.commands < 250


def test_a_late_and_lossy_network_is_walked_through():
    loop = Loop(FLAT, Setting(latency=0.01, loss=0.02))
    loop.walk(3.0)
    assert loop.machine.phase is Phase.WALK, loop.machine.reason
    assert loop.robot.tilt < 0.3 and loop.robot.velocity[0] > 0.2


@pytest.mark.parametrize(("kind", "climbs"), [("stairs_up", 1.0), ("stairs_down", -1.0)])
def test_the_student_sees_and_climbs_the_stairs_that_were_asked_for(kind, climbs):
    """And no stop goes off, though feet strike edges."""
    loop = Loop(STUDENT, Setting(terrain=kind, level=5))
    loop.walk(0.02)
    height = loop.robot.position[2]
    loop.velocity = np.array([0.6, 0.0, 0.0])
    loop.run(6.0)
    assert loop.machine.phase is Phase.WALK, loop.machine.reason
    assert climbs * (loop.robot.position[2] - height) > 0.2 and loop.steps[-1].sees


def test_a_student_that_was_trained_on_late_drives_walks():
    """Its file's own drives are late as in training; a robot's follow targets and gains, late by the network."""
    loop = Loop(POLICIES / "go2_perceptive_sight_student.onnx", Setting(latency=0.01))
    loop.walk(2.0)
    assert loop.machine.phase is Phase.WALK and loop.robot.tilt < 0.3
    assert loop.robot.velocity[0] > 0.2


def test_a_hung_robot_with_limited_torque():
    loop = Loop(FLAT, Setting(hung=True), torque_share=0.3)
    height = loop.robot.position[2]
    strongest = 0.0
    for _ in range(5):
        loop.walk(0.1)
        assert loop.transport.state is not None
        strongest = max(strongest, float((np.abs(loop.transport.state.torque) / loop.facts.torque_limits).max()))
    assert loop.machine.phase is Phase.WALK and loop.robot.position[2] == height
    assert 0.0 < strongest < 0.35  # the joint moves on for a step after its torque was limited


def test_a_dry_run_sends_nothing_and_says_what_it_would(capsys):
    network = MemoryNetwork()
    robot, bus = network.join(), DryBus(network.join())
    robot.take(COMMANDS)
    transport = Go2Transport(bus, MOTORS)
    bus.tell()
    transport.send(damped(12, 3.0))
    bus.tell()
    bus.tell()  # twice a second at most
    assert not robot.take(COMMANDS)
    assert capsys.readouterr().out.splitlines() == [
        "            FR hip thigh calf FL hip thigh calf RR hip thigh calf RL hip thigh calf",
        "not sent: q " + " ".join(["  -  "] * 12) + "  kp 0  kd 3",
    ]


def test_a_dry_run_tells_what_it_hears_in_the_same_order(capsys):
    network = MemoryNetwork()
    robot, bus = network.join(), DryBus(network.join())
    transport, state = Go2Transport(bus, MOTORS), LOW_STATE.new()
    state["motor_state"]["q"][:12], state["bms_state"]["soc"] = 0.1 * np.arange(12), 87
    robot.publish(STATES, LOW_STATE.encode(state))
    transport.poll_state(0.0)
    transport.send(damped(12, 3.0))
    bus.tell()
    told = capsys.readouterr().out.splitlines()
    angles = " ".join(f"{0.1 * motor:+.2f}" for motor in range(12))
    assert told[1] == f"heard:    q {angles}  battery 87 %"
    assert told[2].startswith("not sent: q ") and len(told) == 3


def test_a_file_that_contradicts_itself_is_not_simulated() -> None:
    metadata = dataclasses.replace(Controller(FLAT).metadata, torque_limits=np.full(12, 5.0))
    with pytest.raises(UserError, match="torque_limits of FL_hip_joint is 5, that of its simulation"):
        SimulatedGo2(MemoryNetwork().join(), metadata, Setting())


def test_a_robot_that_is_no_go2_is_not_simulated() -> None:
    metadata = Controller(FLAT.with_name("qmini.onnx")).metadata
    with pytest.raises(UserError, match="the policy is of the task qmini, not of a Go2"):
        SimulatedGo2(MemoryNetwork().join(), metadata, Setting())


def test_a_robot_whose_joints_have_a_go2s_names_is_not_simulated_either() -> None:
    metadata = Controller(FLAT.with_name("a1_flat.onnx")).metadata
    with pytest.raises(UserError, match="the policy is of another robot"):
        SimulatedGo2(MemoryNetwork().join(), metadata, Setting())


def test_a_plane_has_no_levels() -> None:
    with pytest.raises(UserError, match="a plane has no levels: leave out --level"):
        alone(level=1)
