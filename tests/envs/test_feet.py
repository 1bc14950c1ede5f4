"""Contacts and swings of the feet, step by step, by hand."""

import torch

from legged_gym.envs.base.feet import Feet

DT = 0.02
DOWN, UP = 40.0, 0.0


def feet(num_envs: int, num_feet: int, keeps_duty: bool = True) -> Feet:
    return Feet(num_envs, num_feet, DT, keeps_duty, torch.device("cpu"))


def test_a_swing_lasts_from_a_step_without_contact_to_touch_down() -> None:
    """One foot: two steps up, of which the first still counts as contact, then down."""
    foot = feet(1, 1)
    told = []
    for force in (DOWN, UP, UP, UP, DOWN):
        foot.update(torch.tensor([[force]]))
        told.append((foot.on_ground.item(), foot.contact.item(), foot.first_contact.item()))
        swing = foot.air_time.item()
        foot.end_swings()
    assert [on_ground for on_ground, *_ in told] == [True, False, False, False, True]
    assert [contact for _, contact, _ in told] == [True, True, False, False, True]
    assert [first for *_, first in told] == [False, False, False, False, True]
    torch.testing.assert_close(swing, 3 * DT)
    assert foot.air_time.item() == 0.0


def test_a_spared_leg_is_told_by_the_time_that_its_foot_is_off_the_ground() -> None:
    """A robot that stands, and one that lifts one foot of four, for ten steps of 0.02 s."""
    of_two = feet(2, 4)
    for _ in range(10):
        of_two.update(torch.tensor([[DOWN] * 4, [DOWN, DOWN, DOWN, UP]]))
    torch.testing.assert_close(of_two.duty, torch.tensor([[1.0] * 4, [1.0, 1.0, 1.0, 0.98**10]]))
    of_two.begin(torch.tensor([False, True]))
    assert of_two.duty.tolist() == [[1.0] * 4] * 2
    assert of_two.on_ground.tolist() == [[True] * 4, [False] * 4]


def test_duty_is_kept_where_it_is_asked_for() -> None:
    foot = feet(1, 1, keeps_duty=False)
    foot.update(torch.tensor([[UP]]))
    assert foot.duty.item() == 1.0
