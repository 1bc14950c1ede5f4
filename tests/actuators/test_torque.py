"""The direct drive, by hand."""

import pytest
import torch

from legged_gym.actuators.torque import DirectTorque
from legged_gym.utils.errors import UserError


def test_the_target_is_the_torque_within_its_limits():
    drive = DirectTorque(torch.tensor([10.0, 4.0]), num_envs=2)
    state = torch.full((2, 2), 9.0)
    drive.compute(torch.tensor([[3.0, -7.0], [-30.0, 1.0]]), state, state)
    assert drive.torques.tolist() == [[3.0, -4.0], [-10.0, 1.0]]


def test_a_weaker_motor_gives_less_of_every_torque():
    drive = DirectTorque(torch.tensor([10.0, 4.0]), num_envs=1)
    for field in drive.parameters:
        drive.randomize(field, 0.5 * drive.read(field))
    drive.compute(torch.tensor([[3.0, -7.0]]), torch.zeros(1, 2), torch.zeros(1, 2))
    assert drive.torques.tolist() == [[1.5, -2.0]]


def test_it_has_no_gains():
    drive = DirectTorque(torch.ones(2), num_envs=1)
    with pytest.raises(UserError, match="DirectTorque has no stiffness"):
        drive.randomize("stiffness", torch.ones(1, 2))
