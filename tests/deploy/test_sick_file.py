"""Sick copies of a controller file do what they are for while the robot is asked to move, and nothing else before."""

import time
from pathlib import Path

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.sick_file import JUMP, SICKNESSES, write_sick_file
from legged_gym.utils.digest import is_sealed
from legged_gym.utils.errors import UserError
from tests.deploy.policies import go2_metadata

STILL, ASKED = np.zeros(3), np.array([0.0, 0.0, -0.1])
FLAT = Path(__file__).parents[2] / "resources" / "policies" / "go2_flat_deploy.onnx"


@pytest.fixture
def sick(write_controller, tmp_path):
    """A sick copy of a controller whose targets are the default pose and 0.1 rad a step."""
    well = write_controller(go2_metadata(readings={"command": [3]}), growth=0.1)

    def make(sickness: str) -> Controller:
        write_sick_file(well, sickness, tmp_path / "sick.onnx")
        return Controller(tmp_path / "sick.onnx")

    return make


def steps(controller: Controller, *commands: np.ndarray) -> list[np.ndarray]:
    """How far each step's targets are from the default pose, rad."""
    gravity = np.array([0.0, 0.0, -1.0])
    default = controller.metadata.default_dof_pos
    return [controller.step({"gravity": gravity, "command": command}) - default for command in commands]


def test_a_target_jumps(sick):
    still, ill, again = steps(sick("jump of a target"), STILL, ASKED, STILL)
    np.testing.assert_allclose(still, 0.0, atol=1e-6)
    np.testing.assert_allclose(ill, 0.1 + JUMP * np.eye(12)[0], atol=1e-6)
    np.testing.assert_allclose(again, 0.2, atol=1e-6)


def test_what_the_network_gives_is_no_number_and_the_file_says_so(sick):
    controller = sick("an action that is no number")
    steps(controller, STILL, STILL)
    assert controller.ok
    (ill,) = steps(controller, ASKED)
    assert not controller.ok
    np.testing.assert_allclose(ill, 0.1, atol=1e-6)  # the last good targets
    steps(controller, STILL)
    assert controller.ok


def test_a_late_policy_gives_its_targets_late(sick):
    controller = sick("late policy")
    steps(controller, STILL)
    begin = time.perf_counter()
    (ill,) = steps(controller, ASKED)
    assert time.perf_counter() - begin > 0.01
    np.testing.assert_allclose(ill, 0.1, atol=1e-6)


@pytest.mark.parametrize("sickness", SICKNESSES)
def test_the_copy_is_a_whole_controller_file_with_its_own_digest(sickness, tmp_path):
    copy = tmp_path / "copy.onnx"
    write_sick_file(FLAT, sickness, copy)
    assert is_sealed(copy.read_bytes(), "copy") and copy.read_bytes() != FLAT.read_bytes()
    found, expected = Controller(copy).metadata, Controller(FLAT).metadata
    assert (found.task, found.inputs, found.joint_names) == (expected.task, expected.inputs, expected.joint_names)


def test_without_a_command_nothing_tells_when(write_controller, tmp_path):
    with pytest.raises(UserError, match=r"policy\.onnx takes no command"):
        write_sick_file(write_controller(), "late policy", tmp_path / "sick.onnx")
