"""Every stop, by its fault in a simulated Go2: within 20 ms the motors are told to brake, and nothing else then."""

from collections.abc import Callable

import numpy as np
import pytest

from legged_gym.deploy.go2.crc import checksum
from legged_gym.deploy.go2.messages import COMMANDS, LOW_CMD, LOW_STATE, STATES
from legged_gym.deploy.runner import command_loop
from legged_gym.deploy.runner.messages import Buttons
from legged_gym.deploy.runner.phases import Phase, Wish
from legged_gym.utils.errors import UserError
from tests.deploy.runner.loop import Loop


def fault(**values) -> Callable[[Loop], None]:
    def inject(loop: Loop) -> None:
        for name, value in values.items():
            setattr(loop.robot.faults, name, value)

    return inject


def second_writer(loop: Loop) -> None:
    loop.network.join().publish(COMMANDS, LOW_CMD.encode(LOW_CMD.new()))


def second_robot(loop: Loop) -> None:
    """That was switched on later: each of its states is older than the one before."""
    other, send = loop.network.join(), loop.robot._send_state

    def send_both() -> None:
        send()
        state = LOW_STATE.decode(LOW_STATE.encode(loop.robot._state))  # a copy whose padding is zero, too
        state["tick"] -= 100
        state["crc"] = checksum(state)
        other.publish(STATES, LOW_STATE.encode(state))

    loop.robot._send_state = send_both


def remote_stop(loop: Loop) -> None:
    """Nobody but the command thread hears it here."""
    loop.robot.buttons = Buttons(np.zeros(4), frozenset({"L2", "B"}))


def policy_gives(targets: Callable[[np.ndarray], np.ndarray]) -> Callable[[Loop], None]:
    def inject(loop: Loop) -> None:
        loop.machine.offer(targets(loop.steps[-1].targets), loop.now)

    return inject


def policy_hangs(loop: Loop) -> None:
    """Its last targets were due now."""
    loop.policy_runs = False
    loop.run(loop.facts.control_dt)


def command_thread_hangs(loop: Loop) -> None:
    loop.now += 0.1
    loop.machine._targets_due += 0.1
    loop.transport.state.__dict__["time"] = loop.now


def command_thread_fails(loop: Loop) -> None:
    loop.transport.poll_state = lambda now: 1 / 0


FAULTS = {
    "no state of the robot for": fault(silent=True),
    "wrong checksum": fault(wrong_checksum=True),
    "the same inertial reading": fault(frozen_imu=True),
    "the inertial unit reads what is no number": fault(gyro=np.nan),
    "tilted by 1.2": fault(roll=1.2),
    "beyond its limit": fault(dof_pos=1.5),
    "a joint at 5": fault(dof_vel=55.0),
    "a torque of": fault(torque=-60.0),
    "at 95 degrees": fault(temperature=95),
    "messages to": fault(lost=20),
    "battery at 4 %": fault(charge=4),
    "FR_hip_joint reads what is no number": fault(dof_vel=np.nan),
    "another program": second_writer,
    "states of two robots": second_robot,
    "a target that is no number": policy_gives(lambda targets: targets * np.nan),
    "the target of FL_hip_joint jumped by 2.00 rad": policy_gives(lambda targets: targets + 2.0 * np.eye(12)[0]),
    "the policy is late by": policy_hangs,
    "stood still for": command_thread_hangs,
    "ZeroDivisionError": command_thread_fails,
    "the operator": remote_stop,
}


@pytest.fixture(scope="module")
def well() -> Loop:
    loop = Loop()
    loop.walk(1.0)
    return loop


@pytest.mark.parametrize("reason", FAULTS)
def test_a_fault_brakes_within_20_ms(reason):
    loop = Loop()
    loop.walk(0.3)
    assert loop.machine.phase is Phase.WALK, loop.machine.reason
    FAULTS[reason](loop)
    assert loop.time_to_brakes() <= 0.02
    assert reason in loop.machine.reason
    for _ in range(50):
        loop.run(0.002)
        assert loop.robot.is_braked
    assert loop.machine.phase is Phase.STOPPED


def test_a_walk_without_faults_is_not_stopped(well):
    assert well.machine.phase is Phase.WALK and well.robot.tilt < 0.2
    assert well.robot.faulty_commands == 0 and well.robot.commands > 1000
    assert well.robot.velocity[0] > 0.2


def test_a_bad_message_is_no_reason_but_the_third_in_a_row_is():
    loop = Loop()
    loop.walk(0.1)
    for _ in range(3):
        loop.robot.faults.wrong_checksum = True
        loop.run(0.004)
        loop.robot.faults.wrong_checksum = False
        loop.run(0.004)
    assert loop.machine.phase is Phase.WALK


def states(loop: Loop, count: int, wrong: int = 0, **faults: float) -> None:
    """That come in one turn; their readings are like those of noisy sensors."""
    for number in range(count):
        record = LOW_STATE.decode(LOW_STATE.encode(loop.robot._state))
        loop.robot._state["tick"] += 2
        record["tick"] = loop.robot._state["tick"]
        record["imu_state"]["gyroscope"][0] += 1e-3 * (1 + number) * ("frozen" not in faults)
        record["motor_state"]["dq"][0] = faults.get("dof_vel", 0.0)
        record["motor_state"]["tau_est"][0] = faults.get("torque", 0.0)
        record["crc"] = checksum(record) + wrong
        loop.robot._bus.publish(STATES, LOW_STATE.encode(record))


@pytest.mark.parametrize(
    ("reason", "count", "faults"),
    [
        ("a joint at 100.0", 3, {"dof_vel": 100.0}),
        ("a torque of 60.0", 4, {"torque": 60.0}),
        ("the same inertial reading in 7 states", 6, {"frozen": 1}),
        ("3 states in a row with a wrong checksum", 3, {"wrong": 1}),
    ],
)
def test_every_state_of_a_turn_counts(reason, count, faults):
    """A sound one that comes last is no end of what was before it."""
    for number in (count - 1, count):
        loop = Loop()
        loop.run(0.01)
        states(loop, number, **faults)
        states(loop, 1)
        now = loop.now + 0.002
        loop.transport.poll_state(now)
        told = list(loop.commands._stops.reasons(loop.transport, now))
        assert any(text.startswith(reason) for text in told) == (number == count), told


def test_commands_of_others_are_counted_within_a_second():
    loop = Loop()
    second_writer(loop)  # the built-in controller, before it was released
    loop.run(0.01)
    loop.machine.wish(Wish.STAND)
    loop.run(0.01)
    assert loop.machine.phase is Phase.STAND
    other = Loop()
    other.run(0.01)
    for passed, phase in ((0.9, Phase.PASSIVE), (0.2, Phase.STAND)):
        if phase is Phase.PASSIVE:
            second_writer(other)
        other.run(passed)
        other.machine.wish(Wish.STAND)
        other.run(0.01)
        assert other.machine.phase is phase


def test_a_robot_with_a_fault_does_not_stand_up(caplog):
    loop = Loop()
    loop.robot.faults.charge = 5
    loop.run(0.1)
    loop.machine.wish(Wish.STAND)
    loop.run(0.1)
    assert loop.machine.phase is Phase.PASSIVE and loop.robot.is_braked
    assert "not standing up: battery at 5 %" in caplog.text


def test_what_a_frozen_program_finds_later_is_not_its_reason():
    """While it stood still, the guarding process has sent commands."""
    loop = Loop()
    loop.walk(0.3)
    second_writer(loop)
    command_thread_hangs(loop)
    assert loop.time_to_brakes() <= 0.02
    assert "the command thread stood still for 102 ms" in loop.machine.reason


def test_without_the_guarding_process_it_brakes_before_it_tells_why(caplog):
    loop = Loop()
    loop.walk(0.3)

    def alive() -> None:
        raise UserError("the process that guards this one has died")

    loop.commands._alive = alive
    assert loop.time_to_brakes() <= 0.02
    assert loop.machine.reason == "the process that guards this one has died" and not caplog.records


def test_a_fault_in_the_command_thread_is_told_when_the_robot_is_braked(monkeypatch):
    loop = Loop()
    loop.walk(0.3)
    command_thread_fails(loop)
    told = []
    monkeypatch.setattr(command_loop.logger, "exception", lambda text: told.append(loop.robot._bus.take(COMMANDS)[-1]))
    loop.commands.turn(loop.now)
    loop.commands.turn(loop.now)
    assert len(told) == 1 and not LOW_CMD.decode(told[0])["motor_cmd"]["kp"].any()
