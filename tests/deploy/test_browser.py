"""Trials in a browser: steered, moved to other ground, and made with other policies."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from legged_gym.deploy import browser as module
from legged_gym.deploy.browser import Browser, beside
from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Outcome, Setup, Simulation
from legged_gym.utils.address import Address
from legged_gym.viewing.web.messages import Event, Kind, Notice, Policies
from tests.deploy.policies import WriteController, go2_metadata
from tests.viewing.web.stub_viewer import StubViewer


@pytest.fixture(autouse=True)
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WebViewer", StubViewer)


class User:
    """Does something after a number of frames in all."""

    def __init__(self, browser: Browser, **acts: Any) -> None:
        self._viewer: Any = browser._viewer
        self._acts = {int(frame.removeprefix("at_")): event for frame, event in acts.items()}
        self._offer = self._viewer.offer
        self._viewer.offer = self.offer
        browser._controls.speed = math.inf

    def offer(self, make: Any) -> None:
        self._offer(make)
        event = self._acts.pop(len(self._viewer.frames), None)
        if event is not None:
            self._viewer.events.append(event)


def watch(policy: Path, chosen: list[Tile], steps: int = 20, **acts: Any) -> tuple[list[Outcome], Any, Simulation]:
    simulation = Simulation(Setup(policy, command=(0.4, 0.0, 0.0)))
    simulation.max_steps = steps
    browser = Browser(simulation, Address())
    User(browser, **acts)
    outcomes = list(browser.trials(chosen))
    return outcomes, browser._viewer, simulation


def test_frames_are_of_the_robot(write_controller: WriteController) -> None:
    outcomes, viewer, simulation = watch(write_controller(), [Tile(0, 0, 0), Tile(1, 2, 0)])
    assert [outcome.tile for outcome in outcomes] == [Tile(0, 0, 0), Tile(1, 2, 0)]
    frame = viewer.frames[-1]
    assert len(viewer.frames) == 2 * 19 and frame.time == pytest.approx(38 * 0.02)
    assert frame.command.tolist() == [0.4, 0.0, 0.0]
    assert frame.feet.shape == (4, 3) and frame.forces[:, 2].sum() > 50.0
    x, y = simulation.terrain.env_origins[1, 2, :2]
    assert np.abs(frame.roots[0, :2] - [x, y]).max() < 2.0
    names = simulation.terrain.type_names
    assert frame.facts == [("trial", f"1 on {names[2]}, level 1"), ("steered", "by itself")]
    assert viewer.scene.title.endswith(".onnx") and viewer.scene.levels == simulation.terrain.num_levels


def test_the_user_steers_until_the_trial_ends(write_controller: WriteController) -> None:
    steer = Event(Kind.STEER, [-0.2, 0.1, 0.3])
    _, viewer, _ = watch(write_controller(), [Tile(0, 0, 0)] * 2, at_5=steer)
    commands = [frame.command.tolist() for frame in viewer.frames]
    assert commands[:5] == [[0.4, 0.0, 0.0]] * 5 and commands[7] == [-0.2, 0.1, 0.3]
    assert commands[18] == [-0.2, 0.1, 0.3] and commands[19] == [0.4, 0.0, 0.0]
    assert viewer.frames[10].facts[1] == ("steered", "by you")


def test_trials_go_on_until_the_user_ends_them(write_controller: WriteController) -> None:
    simulation = Simulation(Setup(write_controller()))
    simulation.max_steps = 6
    browser = Browser(simulation, Address())
    User(browser, at_23=Event(Kind.END))
    tiles = [outcome.tile for outcome in browser.trials([Tile(0, 0, 0), Tile(1, 1, 0)], endless=True)]
    assert tiles == [Tile(0, 0, 0), Tile(1, 1, 0), Tile(0, 0, 1), Tile(1, 1, 1)]


def test_a_trial_that_is_cut_short_is_made_again(write_controller: WriteController) -> None:
    outcomes, viewer, _ = watch(write_controller(), [Tile(0, 0, 0)], at_5=Event(Kind.RESTART))
    assert len(outcomes) == 1 and len(viewer.frames) in (5 + 19, 6 + 19)


def test_the_robot_stays_on_the_tile_that_was_chosen(write_controller: WriteController) -> None:
    policy = write_controller()
    kind = Simulation(Setup(policy)).terrain.type_names[2]
    outcomes, _, simulation = watch(
        policy, [Tile(0, 0, 0)], at_3=Event(Kind.PLACE, (kind, 1)), at_60=Event(Kind.END),
        at_10=Event(Kind.PLACE, ("no such", 0)), at_12=Event(Kind.PLACE, (kind, 99)),
    )  # fmt: skip
    column = simulation.terrain.type_names.index(kind)
    assert [outcome.tile for outcome in outcomes] == [Tile(1, column, 0), Tile(1, column, 1)]


def test_policies_of_the_folder_are_switched(write_controller: WriteController) -> None:
    policy = write_controller()
    other = policy.with_name("other.onnx")
    other.write_bytes(policy.read_bytes())
    fault = policy.with_name("broken.onnx")
    fault.write_bytes(b"nonsense")
    policy.with_name("policy_drives.onnx").write_bytes(b"")
    assert [path.name for path in beside(policy)] == [policy.name, "broken.onnx", "other.onnx"]
    outcomes, viewer, _ = watch(
        policy, [Tile(0, 0, 0)], at_3=Event(Kind.CHECKPOINT, "other.onnx"), at_8=Event(Kind.CHECKPOINT, "broken.onnx"),
        at_14=Event(Kind.CHECKPOINT, "gone.onnx"), at_100=Event(Kind.END),
    )  # fmt: skip
    assert len(outcomes) == 1 or viewer.frames
    told = [message for message in viewer.told if isinstance(message, Notice)]
    assert told[0] == Notice("the policy is that of other.onnx")
    assert told[1].is_error and "broken.onnx" in told[1].text
    assert told[2] == Notice("there is no gone.onnx any more", is_error=True)
    assert viewer.told[1] == Policies(["other.onnx", "broken.onnx", policy.name])


def test_a_policy_of_another_robot_is_refused(write_controller: WriteController) -> None:
    metadata = go2_metadata()
    policy = write_controller(metadata)
    browser = Browser(Simulation(Setup(policy)), Address())
    metadata = go2_metadata()
    metadata["simulation"]["terrain"]["num_rows"] = 3
    browser._switch(write_controller(metadata, name="fewer.onnx").name)
    assert browser._viewer.told[0] == Notice("fewer.onnx was trained on other ground", is_error=True)
    assert browser._simulation.setup.policy == policy


def test_simulations_that_are_shown_no_more_are_closed(
    write_controller: WriteController, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    monkeypatch.setattr(Simulation, "close", lambda self: closed.append(self.setup.policy.name))
    policy, other = write_controller(), write_controller(name="other.onnx")
    metadata = go2_metadata()
    metadata["simulation"]["terrain"]["num_rows"] = 3
    refused = write_controller(metadata, name="fewer.onnx")
    browser = Browser(Simulation(Setup(policy)), Address())
    for path in (other, refused):
        browser._switch(path.name)
    browser.close()
    assert closed == [policy.name, refused.name, other.name]
