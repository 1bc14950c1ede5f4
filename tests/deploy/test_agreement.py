"""Shipped controller files act as their policies do in the environment, on the same readings."""

import pytest

from tests.deploy.agreement import largest_difference

STEPS = {"go2_perceptive_student": 300, "qmini": 200, "a1_rough": 100, "anymal_c_flat": 100, "mini_cheetah_ref": 100}
"""Control steps by file: with a map and a belief; with frames, an estimator and a clock; with a height scan; with
drives of its own; with a clock."""


@pytest.mark.parametrize("name", STEPS)
def test_a_file_acts_as_its_policy(name: str) -> None:
    difference, _ = largest_difference(name, STEPS[name])
    assert difference < 1e-4
