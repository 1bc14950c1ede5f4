"""Reward formulas against values worked out by hand."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.envs.base.rewards import RewardSum, RewardTerms
from legged_gym.interface.action import POSITION, ActionMap
from legged_gym.utils.errors import UserError

POSITIONS = ActionMap(0.5, 100.0, POSITION, torch.zeros(2))


def state(**values: object) -> SimpleNamespace:
    """A robot state of one environment with the given quantities."""
    return SimpleNamespace(cfg=LeggedRobotCfg(), dt=0.02, action_map=POSITIONS, **values)


def rows(*numbers: float) -> torch.Tensor:
    return torch.tensor([list(numbers)])


CASES = {
    "lin_vel_z": (state(base_lin_vel=rows(1.0, 2.0, -3.0)), 9.0),
    "ang_vel_xy": (state(base_ang_vel=rows(1.0, -2.0, 7.0)), 5.0),
    "orientation": (state(projected_gravity=rows(0.6, 0.0, -0.8)), 0.36),
    "base_height": (state(root_states=rows(0.0, 0.0, 1.5), ground_height=torch.tensor([0.2])), 0.09),
    "min_base_height": (
        state(root_states=rows(0.0, 0.0, 0.7), ground_height=torch.tensor([0.2])), 0.36787944,  # half its 1 m: e^-1
    ),
    "torques": (state(torques=rows(1.0, -2.0, 3.0)), 14.0),
    "dof_vel": (state(dof_vel=rows(1.0, -2.0)), 5.0),
    "dof_acc": (state(dof_vel=rows(0.1, 0.0), last_dof_vel=rows(0.0, -0.2)), 25.0 + 100.0),
    "action_rate": (state(actions=rows(1.0, 2.0), last_actions=rows(0.0, 4.0)), 5.0),
    "action_rate2": (
        state(actions=rows(1.0, 2.0), last_actions=rows(0.0, 4.0), earlier_actions=rows(0.0, 1.0)), 1.0 + 25.0,
    ),
    "tracking_lin_vel": (
        state(commands=rows(1.0, 0.0, 0.0), base_lin_vel=rows(0.5, 0.0, 0.0)),
        0.36787944,  # exp(-0.25 / 0.25)
    ),
    "command_progress": (
        state(commanded_course=rows(0.05, 0.0), base_lin_vel=rows(0.08, 1.0, 0.0)),
        0.4,  # 0.05 * 0.08 / 0.1^2
    ),
    "tracking_ang_vel": (state(commands=rows(0.0, 0.0, 1.0), base_ang_vel=rows(0.0, 0.0, 0.0)), 0.01831564),  # e^-4
    "dof_pos_limits": (
        state(dof_pos=rows(-1.2, 2.5), soft_dof_pos_limits=torch.tensor([[-1.0, 1.0], [0.0, 2.0]])), 0.7,
    ),
    "dof_vel_limits": (state(dof_vel=rows(12.5, -10.2), dof_vel_limits=torch.tensor([10.0, 10.0])), 1.2),
    "torque_limits": (state(torques=rows(25.0, -3.0), torque_limits=torch.tensor([20.0, 20.0])), 5.0),
    "dof_deviation": (state(dof_pos=rows(0.3, 1.0), default_dof_pos=torch.tensor([0.1, 0.0])), 1.04),
    "uneven_duty": (state(duty=rows(1.0, 1.0, 1.0, 0.6)), 0.03),  # 3/16 of 0.4^2
    "flight": (state(feet_contact=torch.tensor([[False, False]])), 1.0),
    "hip_deviation": (
        state(dof_pos=rows(0.3, 1.0), default_dof_pos=torch.tensor([0.1, 0.0]), hip_indices=torch.tensor([0])), 0.04,
    ),
}  # fmt: skip


class Rotten:
    """Two robots; a term of the second one is what is asked for."""

    num_envs, device = 2, torch.device("cpu")

    def __init__(self, value: float) -> None:
        self._value = value

    def _reward_sound(self) -> torch.Tensor:
        return torch.tensor([1.0, 2.0])

    def _reward_rotten(self) -> torch.Tensor:
        return torch.tensor([3.0, self._value])


@pytest.mark.parametrize("only_positive", [True, False])
@pytest.mark.parametrize("value", [math.nan, -math.inf, 1e30])
def test_a_term_that_is_not_finite_is_named_and_marks_the_robots_reward_alone(
    value: float, only_positive: bool
) -> None:
    robot: Any = Rotten(value)
    rewards = RewardSum(robot, {"sound": 1.0, "rotten": 2.0}, 0.5, only_positive)
    assert rewards.faults() == ""
    rewards.compute(torch.zeros(2, dtype=torch.bool))
    torch.testing.assert_close(rewards.total, torch.tensor([3.5, math.nan]), equal_nan=True)
    torch.testing.assert_close(rewards.episode_sums, torch.tensor([[0.5, 1.0], [3.0, 0.0]]))
    assert rewards.faults() == "rewards.scales.rotten was not finite or beyond 1e+09 in 1 steps"


@pytest.mark.parametrize("name", CASES)
def test_formula(name: str) -> None:
    robot, expected = CASES[name]
    torch.testing.assert_close(getattr(RewardTerms, f"_reward_{name}")(robot), torch.tensor([expected]))


def test_contact_formulas() -> None:
    forces = torch.tensor([[[0.0, 0.0, 50.0], [30.0, 0.0, 4.0], [0.0, 0.05, 0.0], [0.0, 0.0, 130.0]]])
    robot = state(
        contact_forces=forces,
        penalised_contact_indices=torch.tensor([0, 1, 2]),
        feet_indices=torch.tensor([0, 1, 3]),
        feet_contact=torch.tensor([[True, False, True]]),
        body_states=torch.zeros(1, 4, 13),
    )
    robot.body_states[0, :, 7] = torch.tensor([0.5, 2.0, 0.0, 1.0])
    assert RewardTerms._reward_collision(robot).item() == 2.0
    assert RewardTerms._reward_feet_stumble(robot).item() == 1.0  # 30 > 5 * 4
    assert RewardTerms._reward_feet_contact_forces(robot).item() == 30.0
    assert RewardTerms._reward_feet_slip(robot).item() == pytest.approx(0.25 + 1.0)


def test_air_time_counts_at_touch_down_while_moving() -> None:
    robot = state(
        feet_air_time=torch.tensor([[0.7, 0.2, 0.9, 0.0]]).repeat(2, 1),
        first_contact=torch.tensor([[True, True, False, False]]).repeat(2, 1),
        commands=torch.tensor([[0.5, 0.0, 0.0, 0.0], [0.0, 0.05, 0.0, 0.0]]),
    )
    torch.testing.assert_close(RewardTerms._reward_feet_air_time(robot), torch.tensor([0.2 - 0.3, 0.0]))


def test_stand_still_counts_without_command() -> None:
    robot = state(
        dof_pos=rows(0.5, -0.5).repeat(2, 1),
        default_dof_pos=torch.zeros(2),
        moving=torch.tensor([False, True]),
    )
    torch.testing.assert_close(RewardTerms._reward_stand_still(robot), torch.tensor([1.0, 0.0]))


class TwoTerms:
    """An environment whose rewards are given."""

    num_envs, device = 3, torch.device("cpu")

    def _reward_good(self) -> torch.Tensor:
        return torch.tensor([1.0, 1.0, 1.0])

    def _reward_bad(self) -> torch.Tensor:
        return torch.tensor([0.5, 3.0, 3.0])

    def _reward_termination(self) -> torch.Tensor:
        return torch.tensor([0.0, 0.0, 1.0])

    def _reward_unused(self) -> torch.Tensor:
        raise AssertionError("a scale of zero leaves its method uncalled")


def test_sum_is_clipped_at_zero_before_the_termination_term() -> None:
    scales = {"good": 2.0, "bad": -1.0, "termination": -10.0, "unused": 0.0}
    total = RewardSum(TwoTerms(), scales, dt=0.1, only_positive=True)  # type: ignore[arg-type]
    total.compute(failed=torch.zeros(3, dtype=torch.bool))
    torch.testing.assert_close(total.total, torch.tensor([0.15, 0.0, -1.0]))
    total.compute(failed=torch.tensor([True, False, False]))
    assert total.total[0] == 0.0
    torch.testing.assert_close(total.episode_sums[0], torch.tensor([0.2, 0.4, 0.4]))


class Counting:
    """An environment whose reward is how often it was asked for."""

    num_envs, device = 2, torch.device("cpu")
    asked = 0

    def _reward_asked(self) -> torch.Tensor:
        self.asked += 1
        return torch.full((2,), float(self.asked))


def test_each_term_is_evaluated_once_a_step_the_first_one_too() -> None:
    """One with a memory, such as of an earlier error, would be a step ahead."""
    total = RewardSum(Counting(), {"asked": 1.0}, dt=1.0, only_positive=False)  # type: ignore[arg-type]
    for step in (1.0, 2.0, 3.0):
        total.compute(failed=torch.zeros(2, dtype=torch.bool))
        assert total.total.tolist() == [step, step]


def test_a_scale_without_method_is_refused() -> None:
    for scale in (1.0, 0.0):
        with pytest.raises(UserError, match=r"rewards\.scales\.goood: .* no _reward_goood\(\); did you mean good\?"):
            RewardSum(TwoTerms(), {"goood": scale}, dt=0.1, only_positive=True)  # type: ignore[arg-type]


def test_every_scale_of_the_configuration_has_its_method() -> None:
    for name in vars(LeggedRobotCfg.rewards.scales)["__annotations__"]:
        assert hasattr(RewardTerms, f"_reward_{name}"), name
