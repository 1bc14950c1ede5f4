"""Another hardware than in training: what it changes of a controller's metadata, and how late a robot's targets are."""

from typing import Any

import numpy as np
import pytest

from legged_gym.deploy.hardware import Hardware, late_drives, with_hardware
from legged_gym.deploy.robot import Robot
from legged_gym.deploy.trial import Setup, Simulation
from legged_gym.terrain.terrain import Terrain
from tests.deploy.policies import WriteController, go2_metadata, parsed


def test_what_is_not_asked_for_is_as_in_training() -> None:
    metadata = parsed(go2_metadata())
    changed = with_hardware(metadata, Hardware())
    assert vars(changed) == vars(metadata)


def test_forty_milliseconds_are_eight_physics_steps_and_late_drives_become_pd() -> None:
    described = go2_metadata()
    described["simulation"]["control"]["actuator"] |= {"model": "delayed_pd", "delay_range": [0, 8]}
    metadata = parsed(described | {"actuator": {"model": "delayed_pd", "file": "policy_drives.onnx"}})
    changed = with_hardware(metadata, Hardware(action_delay=0.04))
    assert changed.domain_rand["action_delay_range"] == [8, 8] and changed.domain_rand["randomize_action_delay"]
    assert changed.control.actuator.model == "pd" and changed.drives_file == ""
    assert metadata.control.actuator.model == "delayed_pd" and metadata.drives_file == "policy_drives.onnx"
    assert not metadata.domain_rand["randomize_action_delay"]


def test_torsional_friction_is_that_of_every_robot() -> None:
    described = go2_metadata()
    described["simulation"]["domain_rand"]["randomize_torsional_friction"] = True
    metadata = parsed(described)
    changed = with_hardware(metadata, Hardware(torsional_friction=0.02))
    assert changed.asset.torsional_friction == 0.02 and not changed.domain_rand["randomize_torsional_friction"]
    assert metadata.asset.torsional_friction == 0.0 and metadata.domain_rand["randomize_torsional_friction"]


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        (0.0, [[1, 1, 1, 1], [2, 2, 2, 2], [3, 3, 3, 3]]),
        (0.01, [[0, 0, 1, 1], [1, 1, 2, 2], [2, 2, 3, 3]]),
        (0.03, [[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 2, 2]]),
        (0.04, [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]]),
    ],
)
def test_targets_reach_the_drives_late(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, delay: float, expected: list
) -> None:
    """Four physics steps of 5 ms a control step; before the first target there is the pose of the reset, here 0."""
    metadata = with_hardware(parsed(go2_metadata()), Hardware(action_delay=delay))
    robot = Robot(metadata, Terrain(metadata.terrain, 1), tmp_path)
    told: list[float] = []
    monkeypatch.setattr(robot, "_drive", lambda targets: told.append(float(targets[0])) or targets)
    for _ in range(2):  # a reset forgets what was sent
        told.clear()
        robot.randomize(np.random.default_rng(0))
        robot.reset(np.array([0.0, 0.0, 1.0]), (0.0, 0.0, 0.0), np.zeros(6), np.zeros(12))
        for number in (1.0, 2.0, 3.0):
            robot.step(np.full(12, number))
        assert np.reshape(told, (3, 4)).tolist() == expected


def test_a_trial_is_made_with_it(write_controller: WriteController) -> None:
    hardware = Hardware(action_delay=0.02, torsional_friction=0.02)
    simulation = Simulation(Setup(write_controller(), hardware=hardware))
    assert simulation.metadata.asset.torsional_friction == 0.02
    assert simulation.metadata.domain_rand["action_delay_range"] == [4, 4]


def test_late_drives_of_a_file_are_told() -> None:
    assert late_drives(parsed(go2_metadata())) is None
    described = go2_metadata()
    described["simulation"]["control"]["actuator"] |= {"model": "delayed_pd", "delay_range": [1, 8]}
    late = parsed(described | {"actuator": {"model": "delayed_pd", "file": "policy_drives.onnx"}})
    assert late_drives(late) == pytest.approx(0.020)  # the fourth step of 5 ms


def test_late_drives_have_the_gains_of_their_settings_or_those_that_are_told() -> None:
    described = go2_metadata()
    described["simulation"]["control"]["actuator"] |= {"model": "delayed_pd", "delay_range": [0, 8]}
    described["simulation"]["control"] |= {"stiffness": {"joint": 20.0, "calf": 30.0}, "damping": {"joint": 0.5}}
    actuator = {"model": "delayed_pd", "file": "policy_drives.onnx"}
    late = parsed(described | {"actuator": actuator})
    assert late.stiffness is not None and late.damping is not None
    assert late.stiffness.tolist() == [20.0, 20.0, 30.0] * 4 and late.damping.tolist() == [0.5] * 12
    told = parsed(described | {"actuator": actuator | {"stiffness": [25.0] * 12, "damping": [0.7] * 12}})
    assert told.stiffness is not None and told.stiffness.tolist() == [25.0] * 12
    learned = parsed(described | {"actuator": {"model": "network", "file": "policy_drives.onnx"}})
    assert learned.stiffness is None and learned.damping is None
