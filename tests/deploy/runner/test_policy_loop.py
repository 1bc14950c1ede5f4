"""What the policy is told."""

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from tests.deploy.runner.loop import FLAT, Loop


def test_no_operator_asks_for_more_than_was_trained():
    loop = Loop()
    loop.walk(0.1, (5.0, -3.0, 0.5))
    np.testing.assert_array_equal(loop.steps[-1].command, [1.0, -1.0, 0.5])


@pytest.mark.parametrize(("asked", "given"), [(0.0, 0.0), (-0.2, 0.0), (2.0, 0.8)])
def test_a_released_stick_asks_for_no_motion_of_who_was_trained_to_walk_always(monkeypatch, asked, given):
    read = Controller(FLAT)
    ranges = {"lin_vel_x": [0.3, 0.8], "lin_vel_y": [-0.3, 0.3], "ang_vel_yaw": [-1.0, -0.5]}
    read.metadata.commands["ranges"] = ranges
    monkeypatch.setattr("tests.deploy.runner.loop.Controller", lambda path: read)
    loop = Loop()
    loop.walk(0.1, (asked, 0.0, 0.0))
    np.testing.assert_array_equal(loop.steps[-1].command, [given, 0.0, 0.0])
