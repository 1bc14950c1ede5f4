"""The operator in a browser, and what is shown of a robot."""

import logging
from types import SimpleNamespace

import numpy as np
import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.controller import Controller
from legged_gym.deploy.runner import browser as module
from legged_gym.deploy.runner.browser import BrowserOperator, RobotFrames
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.messages import BasePose, GroundMap, RobotState
from legged_gym.deploy.runner.phases import Phase, Wish
from legged_gym.deploy.runner.timing import clock
from legged_gym.utils.address import Address
from legged_gym.viewing.web.messages import Event, Halt, Kind
from tests.deploy.conftest import write_controller  # noqa: F401  (a fixture)
from tests.viewing.web.stub_viewer import StubViewer


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    monkeypatch.setattr(module, "WebViewer", StubViewer)
    monkeypatch.setattr(module, "require_web", lambda what: None)


@pytest.fixture
def controller(write_controller):  # noqa: F811
    return Controller(write_controller())


def operator(controller, steers):
    made = BrowserOperator(controller, instantiate(RunnerCfg), Address(), steers)
    return made, made._viewer


def test_steers_within_what_full_sticks_ask_for(controller):
    made, viewer = operator(controller, True)
    assert viewer.scene.limits == [[-0.6, 0.6], [-0.3, 0.3], [-0.8, 0.8]]
    assert viewer.scene.wishes == ["stand", "walk", "sit", "stop"] and viewer.scene.yields and not viewer.scene.paced
    viewer.events = [Event(Kind.STEER, [0.5, 0.0, -0.1]), Event(Kind.WISH, "walk"), Event(Kind.WISH, "fly")]
    assert list(made.wishes()) == [Wish.WALK] and made.velocity.tolist() == [0.5, 0.0, -0.1]
    assert not list(made.wishes()) and made.velocity.tolist() == [0.5, 0.0, -0.1]


def test_what_a_browser_asked_for_before_a_halt_is_over(controller):
    made, viewer = operator(controller, True)
    forward, rest = Event(Kind.STEER, [0.5, 0.0, 0.0]), Event(Kind.STEER, [0.0, 0.0, 0.0])
    for events, velocity in (([forward], 0.5), ([forward], 0.0), ([rest], 0.0), ([forward], 0.5)):
        viewer.events = events  # the second one was on its way
        assert not list(made.wishes()) and made.velocity[0] == velocity
        if not viewer.told:
            made.halt()
    assert viewer.told == [Halt()]


def test_who_only_looks_on_can_stop_and_nothing_else(controller):
    made, viewer = operator(controller, False)
    assert viewer.scene.limits is None and viewer.scene.wishes == ["stop"]
    viewer.events = [Event(Kind.STEER, [0.5, 0.0, 0.0]), Event(Kind.WISH, "walk"), Event(Kind.WISH, "stop")]
    assert list(made.wishes()) == [Wish.STOP] and not made.velocity.any()


def test_a_viewer_that_dies_halts_the_robot(controller, caplog):
    caplog.set_level(logging.WARNING)
    made, viewer = operator(controller, True)
    viewer.events = [Event(Kind.STEER, [0.5, 0.0, 0.0])]
    list(made.wishes())
    viewer.is_open = False
    assert not list(made.wishes()) and not list(made.wishes()) and not made.velocity.any()
    assert caplog.messages == ["the viewer is gone; the robot's remote and Ctrl-C stop it"]


def test_a_viewer_that_is_frozen_halts_the_robot(controller, caplog, monkeypatch):
    made, viewer = operator(controller, True)
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    for _ in range(3):  # it lives, and tells what still holds
        viewer.events = [Event(Kind.STEER, [0.5, 0.0, 0.0])]
        list(made.wishes())
        now[0] += 0.4
        list(made.wishes())
        assert made.velocity[0] == 0.5
    now[0] += 0.2
    list(made.wishes())
    list(made.wishes())
    assert not made.velocity.any() and caplog.messages == ["the viewer says nothing: the robot halts"]


def state(**changes):
    values = {
        "index": 0, "time": 0.0, "tick": 0, "quat": np.array([0.8, 0.0, 0.6, 0.0]), "gyro": np.array([0.0, 0.0, 0.3]),
        "acceleration": np.zeros(3), "dof_pos": np.arange(12.0), "dof_vel": np.zeros(12), "torque": np.full(12, -7.25),
        "temperature": np.array([40.0] * 11 + [61.0]), "lost": np.zeros(12), "charge": 73.0, "remote": None,
        "disorder": 0,
    }  # fmt: skip
    return RobotState(**(values | changes))


def robot(**changes):
    return SimpleNamespace(**({"state": state(), "map": None, "pose": None} | changes))


def frames(controller, transport, phase=Phase.WALK, reason=""):
    viewer = StubViewer(None, None)
    machine = SimpleNamespace(phase=phase, reason=reason)
    return RobotFrames(viewer, controller, transport, machine, lambda: np.array([0.4, 0.0, 0.0])), viewer


def test_a_robot_that_knows_no_place_stands_on_the_ground(controller):
    shown, viewer = frames(controller, robot(), Phase.STOPPED, "tilted by 1.2 rad")
    shown.offer()
    (frame,) = viewer.frames
    assert frame.on_ground and frame.ground is None and not len(frame.samples)
    assert frame.roots.tolist() == [[0.0, 0.0, 0.0, 0.0, 0.6, 0.0, 0.8]]  # xyzw
    assert frame.joints.tolist() == [list(range(12))] and frame.command.tolist() == [0.4, 0.0, 0.0]
    assert np.isnan(frame.velocity[:2]).all() and frame.velocity[2] == 0.3
    assert frame.facts == [
        ("phase", "stopped: tilted by 1.2 rad"), ("battery", "73 %"), ("hottest motor", "61 degrees"),
        ("largest torque", "7.2 N m"), ("height map", "none"),
    ]  # fmt: skip


def test_map_samples_and_place_are_shown_where_the_pose_is_known(controller, monkeypatch):
    heights = np.array([[0.0, np.nan], [0.1, 0.2]])
    ground = GroundMap(3, clock(), 0.0, "odom", heights, np.array([1.0, 2.0]), 0.06)
    pose = BasePose(0, 0.0, 0.0, "odom", np.array([1.0, 2.0, 0.3]), np.array([0.0, 0.0, 0.0, 1.0]))
    shown, viewer = frames(controller, robot(map=ground, pose=pose))
    controller.outputs = {"map_samples": np.ones((4, 3), np.float32)}
    shown.offer()
    shown.offer()
    first, second = viewer.frames
    assert not first.on_ground and first.roots[0, :3].tolist() == [1.0, 2.0, 0.3]
    assert first.samples.shape == (4, 3)
    assert np.array_equal(first.ground.heights, heights.astype(np.float32), equal_nan=True)
    assert first.ground.origin_xy == (1.0, 2.0) and second.ground is None  # once each map
    shown._machine.phase = Phase.STAND
    shown.offer()
    assert not len(viewer.frames[-1].samples)  # of when it walked


def test_nothing_is_shown_before_the_first_state_or_to_nobody(controller):
    shown, viewer = frames(controller, robot(state=None))
    shown.offer()
    shown, other = frames(controller, robot())
    other.wants_frame = False
    shown.offer()
    assert not viewer.frames and not other.frames
