"""Formulas of the observation terms on readings worked out by hand, and what is remembered between steps."""

from types import SimpleNamespace

import pytest
import torch

from legged_gym.interface.action import POSITION, TORQUE, ActionMap, make_action_map
from legged_gym.interface.commands import asks_for_motion
from legged_gym.interface.gait_clock import advanced, phases
from legged_gym.interface.history import begin, push
from legged_gym.interface.observations import ObservationTerm, frame
from legged_gym.interface.readings import Readings
from legged_gym.interface.terms import body_terms, clock_term, history_terms
from legged_gym.utils.errors import UserError

SCALES = SimpleNamespace(lin_vel=2.0, ang_vel=0.25, dof_pos=1.0, dof_vel=0.05)
POSITIONS = ActionMap(0.5, 100.0, POSITION, torch.zeros(2))
NOISE = SimpleNamespace(ang_vel=0.2, gravity=0.05, dof_pos=0.01, dof_vel=1.5)


def evaluated(terms: list[ObservationTerm], readings: Readings, clip: float = 100.0) -> dict[str, list[float]]:
    """Scaled and clipped values of every term for one robot."""
    scale = torch.tensor([factor for term in terms for factor in term.factors])
    parts = frame(terms, readings, scale, clip)[0].split([term.width for term in terms])
    return {term.name: part.tolist() for term, part in zip(terms, parts, strict=True)}


def test_what_the_body_measures() -> None:
    readings = Readings(
        base_ang_vel=torch.tensor([[4.0, -8.0, 2.0]]),
        projected_gravity=torch.tensor([[0.0, 0.6, -0.8]]),
        commands=torch.tensor([[1.0, -0.5, 2.0]]),
        dof_pos=torch.tensor([[0.5, -1.0]]),
        dof_vel=torch.tensor([[20.0, -40.0]]),
        default_dof_pos=torch.tensor([0.25, -1.5]),
        actions=torch.tensor([[3.0, -2.0]]),
    )
    assert evaluated(body_terms(POSITIONS, SCALES, NOISE), readings) == {
        "base_ang_vel": [1.0, -2.0, 0.5],
        "projected_gravity": pytest.approx([0.0, 0.6, -0.8]),
        "commands": [2.0, -1.0, 0.5],
        "dof_pos": [0.25, 0.5],
        "dof_vel": [1.0, -2.0],
        "actions": [3.0, -2.0],
    }
    assert evaluated(body_terms(POSITIONS, SCALES, NOISE), readings, clip=1.0)["actions"] == [1.0, -1.0]


def test_histories_are_flat_newest_first() -> None:
    readings = Readings(
        dof_pos_errors=torch.tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]),
        dof_vel_history=torch.tensor([[[20.0, 40.0], [60.0, 80.0]]]),
        actions=torch.tensor([[7.0, 8.0]]),
        last_actions=torch.tensor([[9.0, 10.0]]),
    )
    assert evaluated(history_terms(2, SCALES, NOISE), readings) == {
        "dof_pos_error_history": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        "dof_vel_history": [1.0, 2.0, 3.0, 4.0],
        "action_history": [7.0, 8.0, 9.0, 10.0],
    }


def test_the_clock_says_sines_then_cosines() -> None:
    values = evaluated([clock_term(2)], Readings(gait_phase=torch.tensor([[0.0, 0.25]])))["gait_clock"]
    assert values == pytest.approx([0.0, 1.0, 1.0, 0.0], abs=1e-6)


def test_a_term_of_another_width_is_named() -> None:
    wide = ObservationTerm("gyro", 2, lambda r: r.base_ang_vel, 1.0, "gyroscope")
    with pytest.raises(UserError, match=r"gyro has the shape \[1, 3\], not \[N, 2\]"):
        evaluated([wide], Readings(base_ang_vel=torch.zeros(1, 3)))


def test_a_history_loses_its_oldest_and_begins_with_the_first() -> None:
    history = torch.tensor([[[3.0], [2.0], [1.0]], [[30.0], [20.0], [10.0]]])
    pushed = push(torch.tensor([[4.0], [40.0]]), history)
    assert pushed[..., 0].tolist() == [[4.0, 3.0, 2.0], [40.0, 30.0, 20.0]]
    begun = begin(torch.tensor([True, False]), torch.tensor([[9.0], [8.0]]), pushed)
    assert begun[..., 0].tolist() == [[9.0, 9.0, 9.0], [40.0, 30.0, 20.0]]


def test_actions_are_offsets_of_the_pose_or_torques() -> None:
    actions = torch.tensor([[2.0, -6.0]])
    pose = torch.tensor([0.5, 1.0])
    position, torque = ActionMap(0.25, 4.0, POSITION, pose), ActionMap(10.0, 4.0, TORQUE, pose)
    assert position.clipped(actions).tolist() == [[2.0, -4.0]]
    assert position.joint_targets(position.clipped(actions)).tolist() == [[1.0, 0.0]]
    assert torque.joint_targets(torque.clipped(actions)).tolist() == [[20.0, -40.0]]


def test_joints_driven_in_different_ways() -> None:
    """A servo, a wheel, a held, a passive and a torque-driven joint: three of them take an action."""
    modes = ["position", "velocity", "held", "passive", "torque"]
    pose = torch.tensor([0.5, 0.1, 0.7, 0.2, 0.3])
    mixed = make_action_map(modes, [0.25, 10.0, 1.0, 1.0, 5.0], 4.0, pose)
    assert mixed.num_actions == 3
    targets = mixed.joint_targets(torch.tensor([[2.0, -1.0, 3.0]]))
    torch.testing.assert_close(targets, torch.tensor([[1.0, -10.0, 0.7, 0.0, 15.0]]))
    mixed.without_zero(targets, torch.full((1, 5), 0.1))
    torch.testing.assert_close(targets, torch.tensor([[0.9, -10.0, 0.6, 0.0, 15.0]]))
    assert mixed.posed(torch.ones(1, 5)).tolist() == [[1.0, 0.0, 1.0, 1.0, 1.0]]
    assert type(make_action_map(["position"] * 5, [0.25] * 5, 4.0, pose)) is ActionMap
    one_scale = make_action_map(["position"] * 5, [0.25, 0.25, 0.25, 0.25, 0.5], 4.0, pose)
    torch.testing.assert_close(one_scale.joint_targets(torch.ones(1, 5))[0], pose + torch.tensor([0.25] * 4 + [0.5]))


def test_a_command_within_its_dead_zone_asks_for_no_motion() -> None:
    commands = torch.tensor([[0.1, -0.1, 0.2], [0.11, 0.0, 0.0], [0.0, 0.0, -0.21]])
    assert asks_for_motion(commands, torch.tensor([0.1, 0.1, 0.2])).tolist() == [False, True, True]


def test_strides_pass_for_robots_that_move() -> None:
    cycle = advanced(torch.tensor([0.9, 0.9]), 0.2, torch.tensor([True, False]))
    torch.testing.assert_close(cycle, torch.tensor([0.1, 0.0]))
    torch.testing.assert_close(phases(cycle, torch.tensor([0.5, 0.95])), torch.tensor([[0.6, 0.05], [0.5, 0.95]]))
