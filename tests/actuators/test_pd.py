"""The delayed PD drive, by hand."""

import pytest
import torch

from legged_gym.actuators.pd import DelayedPD
from legged_gym.utils.errors import UserError


def make(
    num_envs: int = 1, delay_range: tuple[int, int] = (0, 0), stiffness=(20.0, 10.0), damping=(0.5, 0.0)
) -> DelayedPD:
    limits = torch.tensor([10.0, 4.0])
    return DelayedPD(torch.tensor(stiffness), torch.tensor(damping), limits, num_envs, delay_range)


def everyone(drive: DelayedPD) -> torch.Tensor:
    return torch.ones(len(drive.torques), dtype=torch.bool)


def test_torque_is_that_of_a_pd_within_its_limits():
    drive = make(num_envs=3)
    targets = torch.tensor([[0.3, 0.2], [2.0, 0.2], [0.1, -1.0]])
    dof_pos = torch.tensor([[0.1, 0.0], [0.1, 0.1], [0.1, 0.0]])
    dof_vel = torch.tensor([[1.0, 5.0], [0.0, 0.0], [30.0, 0.0]])
    drive.compute(targets, dof_pos, dof_vel)
    expected = torch.tensor([[20.0 * 0.2 - 0.5, 2.0], [10.0, 1.0], [-10.0, -4.0]])
    torch.testing.assert_close(drive.torques, expected)


def test_targets_come_late_by_exactly_the_delay():
    """Until the first one has come through, the target is the position of the reset."""
    drive = make(num_envs=2, delay_range=(2, 2), stiffness=(1.0, 1.0), damping=(0.0, 0.0))
    start, zero = torch.tensor([[0.5, -0.5], [0.25, 0.0]]), torch.zeros(2, 2)
    drive.reset(everyone(drive), start)
    followed = []
    for step in range(1, 5):
        drive.compute(torch.full((2, 2), float(step)), zero, zero)
        followed.append(drive.torques.clone())
    torch.testing.assert_close(torch.stack(followed), torch.stack((start, start, zero + 1.0, zero + 2.0)))


def test_each_environment_has_its_own_delay():
    torch.manual_seed(0)
    drive = make(num_envs=64, delay_range=(1, 3), stiffness=(1.0, 1.0), damping=(0.0, 0.0))
    zero = torch.zeros(64, 2)
    drive.reset(everyone(drive), zero - 1.0)
    assert set(drive.delay.tolist()) == {1, 2, 3}
    for step in range(4):
        drive.compute(torch.full((64, 2), float(step)), zero, zero)
    torch.testing.assert_close(drive.torques[:, 0], 3.0 - drive.delay)


def test_a_reset_touches_no_other_environment():
    torch.manual_seed(0)
    drives = [make(num_envs=8, delay_range=(0, 3)) for _ in range(2)]
    for drive in drives:
        torch.manual_seed(1)
        drive.reset(everyone(drive), torch.zeros(8, 2))
        for step in range(3):
            drive.compute(torch.full((8, 2), 0.1 * step), torch.zeros(8, 2), torch.ones(8, 2))
    mask = torch.arange(8) % 2 == 0
    nowhere = torch.where(mask[:, None], 0.7, torch.nan).expand(8, 2)  # rows outside the mask are ignored
    drives[0].reset(mask, nowhere)
    assert torch.equal(drives[0].torques[~mask], drives[1].torques[~mask]) and not drives[0].torques[mask].any()
    for _ in range(5):
        for drive in drives:
            drive.compute(torch.full((8, 2), 0.3), torch.zeros(8, 2), torch.ones(8, 2))
        assert torch.equal(drives[0].torques[~mask], drives[1].torques[~mask])
        assert drives[0].torques.isfinite().all()


def test_parameters_are_those_of_each_environment():
    drive = make(num_envs=2)
    drive.randomize("stiffness", torch.full((2, 2), 5.0), torch.tensor([False, True]))
    drive.randomize("torque_limits", torch.tensor([[10.0, 4.0], [0.5, 4.0]]))
    assert drive.read("stiffness").tolist() == [[20.0, 10.0], [5.0, 5.0]]
    drive.compute(torch.full((2, 2), 0.2), torch.zeros(2, 2), torch.zeros(2, 2))
    torch.testing.assert_close(drive.torques, torch.tensor([[4.0, 2.0], [0.5, 1.0]]))
    drive.read("stiffness").zero_()
    assert drive.parameters["stiffness"].all()
    with pytest.raises(UserError, match="DelayedPD has no torque_gain .* it has stiffness, damping, torque_limits"):
        drive.read("torque_gain")
