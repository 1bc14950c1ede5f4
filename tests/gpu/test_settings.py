"""Tests on a GPU, which run seldom, set nothing that has come to be refused."""

import pytest

from legged_gym.config.checks import check_config
from tests.gpu.test_legged_robot_gpu import TASKS, settings


@pytest.mark.parametrize("task", TASKS)
def test_settings_of_tests_on_a_gpu_are_accepted(task: str) -> None:
    check_config(settings(task))
