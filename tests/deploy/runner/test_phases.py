import numpy as np
import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import JointCommand, damped
from legged_gym.deploy.runner.phases import Machine, Motion, Phase, Wish
from legged_gym.deploy.runner.robot_facts import RobotFacts
from legged_gym.deploy.runner.torque_limit import limited

LYING, STANDING = np.array([1.0, -2.0]), np.array([0.5, -1.0])


@pytest.fixture
def machine() -> Machine:
    limits = np.array([[-3.0, 3.0]] * 2)
    facts = RobotFacts(
        ["a", "b"], STANDING, np.full(2, 20.0), np.full(2, 0.5), np.full(2, 30.0), limits, np.full(2, 20.0), 0.02
    )
    return Machine(instantiate(RunnerCfg), facts, LYING)


def stand(machine: Machine) -> None:
    machine.wish(Wish.STAND)
    machine.command(np.zeros(2), 0.0)


def walk(machine: Machine) -> None:
    stand(machine)
    machine.wish(Wish.WALK)
    machine.command(STANDING, 3.0)


def test_a_motion_goes_through_its_poses():
    motion = Motion(10.0, [np.array([0.0]), np.array([1.0]), np.array([3.0])], [1.0, 2.0])
    assert [motion.at(now)[0] for now in (9.0, 10.0, 10.5, 11.0, 12.0, 13.0, 99.0)] == [0, 0, 0.5, 1, 2, 3, 3]
    assert not motion.is_over(12.9) and motion.is_over(13.0)


def test_it_begins_with_brakes(machine):
    command = machine.command(np.zeros(2), 0.0)
    assert machine.phase is Phase.PASSIVE and command.is_damping and command.damping.tolist() == [3.0, 3.0]


def test_standing_up_folds_the_legs_first(machine):
    stand(machine)
    assert machine.command(np.zeros(2), 0.5).target.tolist() == (0.5 * LYING).tolist()
    assert machine.command(np.zeros(2), 1.0).target.tolist() == LYING.tolist()
    command = machine.command(np.zeros(2), 5.0)
    assert command.target.tolist() == STANDING.tolist() and command.stiffness.tolist() == [60.0, 60.0]


def test_it_does_not_walk_before_it_stands(machine):
    machine.wish(Wish.WALK)
    machine.command(np.zeros(2), 0.0)
    assert machine.phase is Phase.PASSIVE
    stand(machine)
    machine.wish(Wish.WALK)
    machine.command(np.zeros(2), 2.0)
    assert machine.phase is Phase.STAND


def test_walking_follows_the_policy_with_its_gains(machine):
    walk(machine)
    assert machine.command(STANDING, 3.0).target.tolist() == STANDING.tolist()  # nothing has been offered yet
    machine.offer(np.array([0.6, -1.1]), 3.02)
    command = machine.command(STANDING, 3.03)
    assert command.target.tolist() == [0.6, -1.1] and command.stiffness.tolist() == [20.0, 20.0]


def test_targets_that_are_late_by_more_than_10_ms(machine):
    walk(machine)
    machine.offer(STANDING, 3.02)
    machine.command(STANDING, 3.0499)
    assert machine.phase is Phase.WALK
    assert machine.command(STANDING, 3.0501).is_damping
    assert machine.phase is Phase.STOPPED and machine.reason == "the policy is late by 10 ms"


def test_a_policy_that_never_begins(machine):
    walk(machine)
    machine.command(STANDING, 3.049)
    assert machine.phase is Phase.WALK
    machine.command(STANDING, 3.051)
    assert machine.phase is Phase.STOPPED


def test_the_first_targets_jump_from_the_pose_that_stands(machine):
    walk(machine)
    machine.offer(STANDING + np.array([0.0, 1.6]), 3.02)
    assert machine.phase is Phase.STOPPED and machine.reason == "the target of b jumped by 1.60 rad"


def test_sitting_down_ends_passive(machine):
    walk(machine)
    machine.wish(Wish.SIT)
    machine.offer(STANDING, 3.02)
    assert machine.command(STANDING, 3.02).target.tolist() == STANDING.tolist() and machine.phase is Phase.SIT
    assert machine.command(STANDING, 4.6).is_damping and machine.phase is Phase.PASSIVE


def test_nothing_leaves_a_stop_and_its_first_reason_stays(machine):
    stand(machine)
    machine.stop("first")
    machine.stop("second")
    for wish in Wish:
        machine.wish(wish)
        assert machine.command(STANDING, 9.0).is_damping
    assert machine.phase is Phase.STOPPED and machine.reason == "first"


def test_targets_of_no_walk_are_not_kept(machine):
    stand(machine)
    machine.offer(np.array([9.0, 9.0]), 0.0)
    walk(machine)
    assert machine.command(STANDING, 3.01).target.tolist() == STANDING.tolist()


def test_targets_within_the_torque_limits():
    command = JointCommand(np.array([2.0, 1.1, -2.0]), np.full(3, 20.0), np.full(3, 0.5))
    dof_pos, dof_vel = np.array([1.0, 1.0, 0.0]), np.array([4.0, 0.0, 0.0])
    # torques 20 - 2 = 18, 2 and -40 N m; allowed 9
    within = limited(command, dof_pos, dof_vel, np.full(3, 9.0))
    np.testing.assert_allclose(within.target, [1.0 + (9.0 + 2.0) / 20.0, 1.1, -0.45])
    assert limited(damped(3, 3.0), dof_pos, dof_vel, np.full(3, 9.0)).damping.tolist() == [3.0] * 3
