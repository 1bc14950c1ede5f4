"""The controller by hand: what its policy sees call after call, what comes of its actions, and what a fault does."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from legged_gym.interface.action import POSITION, TORQUE, ActionMap
from legged_gym.interface.controller import LENGTHS, Clock, Controller, ControllerParts, is_no_direction
from legged_gym.interface.observations import ObservationTerm, privileged
from legged_gym.interface.readings import Readings, readings_of
from legged_gym.interface.target_hold import TargetHold
from legged_gym.interface.terms import body_terms, clock_term, history_terms
from legged_gym.utils.errors import UserError
from rsl_rl.modules.policy import PolicyInference

ONES = SimpleNamespace(lin_vel=1.0, ang_vel=1.0, dof_pos=1.0, dof_vel=1.0, gravity=1.0)
POSE = torch.tensor([0.5, -1.0])
ALL_READINGS = Readings(
    **{name: torch.zeros(1, 2) for name in ("dof_pos", "dof_vel", "default_dof_pos", "actions", "last_actions")},
    **{name: torch.zeros(1, 3) for name in ("base_ang_vel", "projected_gravity", "commands")},
    dof_pos_errors=torch.zeros(1, 3, 2),
    dof_vel_history=torch.zeros(1, 2, 2),
    gait_phase=torch.zeros(1, 2),
)


class Follower(nn.Module):
    """Acts with the last two columns of what it sees, and counts its calls in its state; keeps what it saw."""

    def __init__(self) -> None:
        super().__init__()
        self.saw: list[list[float]] = []

    def initial_state(self, num_envs: int) -> tuple[torch.Tensor, ...]:
        return (torch.zeros(1, num_envs, 1),)

    def infer(
        self, obs: dict[str, torch.Tensor], state: tuple[torch.Tensor, ...]
    ) -> tuple[PolicyInference, tuple[torch.Tensor, ...]]:
        seen = torch.cat(list(obs.values()), dim=1)
        self.saw.append(seen[0].tolist())
        return PolicyInference(seen[:, -2:], estimate=seen[:, :1]), (state[0] + 1.0,)


def make(names: list[str], **options: object) -> tuple[Controller, Follower]:
    terms = [
        *body_terms(ActionMap(0.25, 4.0, POSITION, POSE), ONES, ONES),
        *history_terms(2, ONES, ONES),
        clock_term(2),
        privileged("mass", 1, list),
    ]
    if options.pop("torque", False):
        options["action_map"] = ActionMap(10.0, 4.0, TORQUE, POSE)
    by_name = {term.name: term for term in terms}
    chosen = [by_name[name] for name in names]
    reads = {name for term in chosen if not term.privileged for name in readings_of(term.compute, ALL_READINGS)}
    frames = int(options.get("frames", 1))  # type: ignore[call-overload]
    settings = {
        "groups": {"policy": frames * sum(term.width for term in chosen)},
        "frames": 1,
        "clip": 100.0,
        "action_map": ActionMap(0.25, 4.0, POSITION, POSE),
        "estimate_scale": [2.0],
        **options,
    }
    policy = Follower()
    controller = Controller(policy, ControllerParts(chosen, frozenset(reads), **settings))  # type: ignore[arg-type]
    policy.saw.clear()
    return controller, policy


class Robot:
    """Feeds a controller its own state."""

    def __init__(self, controller: Controller) -> None:
        self.controller = controller
        self.state = torch.zeros(controller.state.size)

    def step(self, **readings: list[float]) -> dict[str, torch.Tensor]:
        given = {**{name: torch.tensor(value) for name, value in readings.items()}, "state_in": self.state}
        outputs = self.controller(*(given[name] for name in self.controller.input_names))
        named = dict(zip(self.controller.output_names, outputs, strict=True))
        self.state = named["state_out"]
        return named


def test_the_actions_move_the_pose_within_their_bounds() -> None:
    controller, _ = make(["dof_vel"])
    assert controller.input_names == ("dof_vel", "state_in")
    assert controller.output_names == ("joint_targets", "state_out", "ok", "actions", "estimate")
    outputs = Robot(controller).step(dof_vel=[1.0, -6.0])
    assert outputs["actions"].tolist() == [1.0, -4.0]
    assert outputs["joint_targets"].tolist() == [0.75, -2.0]
    assert outputs["estimate"].tolist() == [0.5]  # SI: without its scale of 2
    assert outputs["ok"].tolist() == [True]


def test_targets_are_held_by_the_joints_in_time() -> None:
    """Within 25 / 50 rad of the angle, plus damping * speed / stiffness; the policy sees those of another time."""
    hold = TargetHold(torch.full((2,), 50.0), torch.ones(2), 25.0)
    controller, _ = make(["dof_vel"], hold=hold)
    assert controller.input_names == ("dof_vel", "present_dof_pos", "present_dof_vel", "state_in")
    outputs = Robot(controller).step(dof_vel=[1.0, -6.0], present_dof_pos=[0.0, 0.0], present_dof_vel=[0.0, 5.0])
    assert outputs["joint_targets"].tolist() == pytest.approx([0.5, -0.4])  # 0.75, -2 without


def test_torques_are_scaled_actions() -> None:
    controller, _ = make(["dof_vel"], torque=True)
    assert Robot(controller).step(dof_vel=[1.0, -6.0])["joint_targets"].tolist() == [10.0, -40.0]


def test_histories_by_hand() -> None:
    """Joint errors are of the target that was sent a call before; velocities are those of calls before; newest first.

    The actions are the present joint velocities.
    """
    controller, policy = make(["dof_pos_error_history", "dof_vel_history", "action_history", "dof_vel"])
    robot = Robot(controller)
    robot.step(dof_pos=[0.0, 0.0], dof_vel=[1.0, 2.0])
    assert policy.saw[-1] == [0.0] * 6 + [1.0, 2.0, 1.0, 2.0] + [0.0] * 4 + [1.0, 2.0]
    robot.step(dof_pos=[0.25, -0.25], dof_vel=[3.0, -1.0])  # targets were 0.75, -0.5
    assert policy.saw[-1][:6] == [0.5, -0.25, 0.0, 0.0, 0.0, 0.0]
    assert policy.saw[-1][6:10] == [1.0, 2.0, 1.0, 2.0]
    assert policy.saw[-1][10:14] == [1.0, 2.0, 0.0, 0.0]
    robot.step(dof_pos=[0.25, -0.25], dof_vel=[0.0, 0.0])  # targets were 1.25, -1.25
    assert policy.saw[-1][:6] == [1.0, -1.0, 0.5, -0.25, 0.0, 0.0]
    assert policy.saw[-1][6:10] == [3.0, -1.0, 1.0, 2.0]
    assert policy.saw[-1][10:14] == [3.0, -1.0, 1.0, 2.0]
    parts = controller.state.unpack(robot.state)
    assert parts["h"].tolist() == [[[3.0]]]


def test_frames_stand_newest_first_and_begin_with_the_first() -> None:
    controller, policy = make(["dof_vel"], frames=3)
    robot = Robot(controller)
    robot.step(dof_vel=[1.0, 2.0])
    robot.step(dof_vel=[3.0, 4.0])
    assert policy.saw == [[1.0, 2.0] * 3, [3.0, 4.0, 1.0, 2.0, 1.0, 2.0]]


def test_the_clock_runs_while_motion_is_asked_for() -> None:
    """A quarter of a stride a call; the second leg half a stride later."""
    controller, policy = make(["gait_clock"], clock=Clock(0.25, [0.0, 0.5], [0.1, 0.1, 0.1]))
    assert controller.input_names == ("command", "state_in")
    robot = Robot(controller)
    for command in ([1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.05, 0.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.0, 0.5]):
        robot.step(command=command)
    phases = [math.atan2(saw[0], saw[2]) / (2.0 * math.pi) % 1.0 for saw in policy.saw]
    assert phases == pytest.approx([0.0, 0.25, 0.5, 0.0, 0.25], abs=1e-6)
    assert [saw[1] for saw in policy.saw] == pytest.approx([-saw[0] for saw in policy.saw], abs=1e-6)


def test_what_no_robot_measures_is_an_input_of_its_own() -> None:
    controller, policy = make(["mass", "dof_vel"])
    assert controller.input_names == ("dof_vel", "mass", "state_in") and controller.privileged == {"mass": 1}
    Robot(controller).step(dof_vel=[1.0, 2.0], mass=[7.0])
    assert policy.saw == [[7.0, 1.0, 2.0]]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["gyro", "gravity", "command", "dof_pos", "dof_vel", "mass"])
@pytest.mark.parametrize("calls_before", [0, 2])
def test_a_fault_gives_the_last_good_targets_and_leaves_no_trace(name: str, bad: float, calls_before: int) -> None:
    names = ["base_ang_vel", "projected_gravity", "commands", "dof_pos", "mass", "dof_pos_error_history", "gait_clock"]
    clock = Clock(0.25, [0.0, 0.5], [0.1, 0.1, 0.1])
    controller, _ = make([*names, "dof_vel_history", "dof_vel"], frames=2, clock=clock)
    good = {
        "gyro": [0.1, 0.2, 0.3], "gravity": [0.0, 0.0, -1.0], "command": [1.0, 0.0, 0.0],
        "dof_pos": [0.2, 0.1], "dof_vel": [1.0, 2.0], "mass": [3.0],
    }  # fmt: skip
    robot, twin = Robot(controller), Robot(controller)
    for call in range(calls_before):
        robot.step(**{**good, "dof_vel": [0.5 + call, 1.0]})
        twin.step(**{**good, "dof_vel": [0.5 + call, 1.0]})
    before = robot.state
    outputs = robot.step(**{**good, name: [*good[name][:-1], bad]})
    assert outputs["ok"].tolist() == [False]
    # It acts with the velocities of the frame before.
    assert outputs["joint_targets"].tolist() == ([0.625, -0.75] if calls_before else [0.5, -1.0])
    assert torch.equal(outputs["state_out"], before)
    assert all(torch.isfinite(value).all() for value in outputs.values())
    recovered, expected = robot.step(**good), twin.step(**good)
    assert recovered["ok"].tolist() == [True]
    assert all(torch.equal(recovered[key], expected[key]) for key in expected)


def test_an_answer_of_the_network_that_is_not_finite_is_a_fault() -> None:
    controller, policy = make(["dof_vel"])
    robot = Robot(controller)
    robot.step(dof_vel=[1.0, 2.0])
    policy.infer = lambda obs, state: (PolicyInference(torch.full((1, 2), math.nan)), state)  # type: ignore[method-assign]
    outputs = dict(zip(("joint_targets", "state_out", "ok"), controller(torch.zeros(2), robot.state), strict=False))
    assert outputs["ok"].tolist() == [False] and outputs["joint_targets"].tolist() == [0.75, -0.5]


def test_a_memory_that_is_not_finite_begins_an_episode() -> None:
    controller, _ = make(["dof_pos_error_history", "dof_vel"])
    robot, fresh = Robot(controller), Robot(controller)
    robot.state[3] = math.nan
    outputs, expected = (each.step(dof_pos=[0.2, 0.1], dof_vel=[1.0, 2.0]) for each in (robot, fresh))
    assert all(torch.equal(outputs[key], expected[key]) for key in expected)


def test_a_memory_and_a_reading_that_are_not_finite_give_an_empty_memory() -> None:
    controller, _ = make(["dof_vel"])
    robot = Robot(controller)
    robot.state[0] = math.nan
    outputs = robot.step(dof_vel=[math.inf, 0.0])
    assert outputs["ok"].tolist() == [False]
    assert outputs["state_out"].tolist() == [0.0] * controller.state.size


@pytest.mark.parametrize(
    ("gravity", "ok"),
    [([0.0, 0.0, -1.0], True), ([0.05, 0.05, -1.05], True), ([0.0, 0.0, 0.0], False), ([0.0, 0.0, -9.81], False)],
)
def test_a_gravity_that_is_no_direction_is_a_fault(gravity: list[float], ok: bool) -> None:
    controller, _ = make(["projected_gravity", "dof_vel"])
    assert Robot(controller).step(gravity=gravity, dof_vel=[0.0, 0.0])["ok"].tolist() == [ok]


@pytest.mark.parametrize(("length", "ok"), [(0.0, False), (0.8, False), (0.95, True), (1.0, True), (1.2, False)])
def test_a_quaternion_that_is_no_unit_is_a_fault(length: float, ok: bool) -> None:
    quat = length * torch.tensor([0.5, -0.5, 0.5, 0.5])
    assert bool(is_no_direction(quat, *LENGTHS["base_quat"])) is not ok


def test_a_reading_that_no_controller_has_is_named() -> None:
    term = ObservationTerm("lidar", 2, lambda r: r.lidar_ranges, 1.0, "lidar")
    parts = ControllerParts([term], frozenset({"lidar_ranges"}), {"policy": 2}, 1, 9.0, ActionMap(1, 1, POSITION, POSE))
    with pytest.raises(UserError, match="uses the reading 'lidar_ranges', which no controller has"):
        Controller(Follower(), parts)
