"""Gait figures against contacts worked out by hand."""

import torch

from legged_gym.evaluation.gait import GaitRecord


def feet(*rows: str) -> torch.Tensor:
    """One robot a row; an x for a foot on the ground, in the order FL, FR, RL, RR."""
    return torch.tensor([[foot == "x" for foot in row] for row in rows])


NONE = feet("----")
EVENLY = torch.full((1, 4), 40.0)
"""N."""
FORWARD = torch.tensor([[1.0, 0.0, 0.0]])
GOING = torch.tensor([True])


def test_a_trot_a_pace_a_bound_and_hops_on_all_fours_are_told_apart():
    """Two steps of each. In hops on all fours diagonal feet agree, too: the figure alone called them a trot."""
    kinds = ("diagonal", "lateral", "transverse")
    for contacts, agreements in (
        (("x--x", "-xx-"), (1.0, 0.0, 0.0)),
        (("x-x-", "-x-x"), (0.0, 1.0, 0.0)),
        (("xx--", "--xx"), (0.0, 0.0, 1.0)),
        (("xxxx", "----"), (1.0, 1.0, 1.0)),
        (("xxx-", "---x"), (0.5, 0.5, 0.5)),
    ):
        record = GaitRecord(1, torch.device("cpu"))
        for contact in contacts:
            record.add(feet(contact), NONE, EVENLY, FORWARD, GOING)
        figures = record.figures(dt=0.02)
        assert tuple(figures[f"{kind}_agreement"] for kind in kinds) == agreements


def test_diagonals_and_strides_by_hand():
    """Four steps of 0.02 s: a trot, both pairs down, a pace, one foot alone; five touch-downs in all."""
    record = GaitRecord(1, torch.device("cpu"))
    for contact, touch_down in (("x--x", "x--x"), ("xxxx", "-xx-"), ("x-x-", "----"), ("---x", "---x")):
        record.add(feet(contact), feet(touch_down), EVENLY, FORWARD, GOING)
    figures = record.figures(dt=0.02)
    assert figures["diagonal_agreement"] == (1.0 + 1.0 + 0.0 + 0.5) / 4
    assert figures["stride_frequency"] == 5 / 4 / 0.08
    assert (figures["least_duty"], figures["most_duty"], figures["flight"]) == (1 / 4, 3 / 4, 0.0)


def test_a_limp_and_a_hop_are_told_by_the_feet_on_the_ground():
    """Of eight steps two without a foot, and six on the two fore feet and the left hind one, once with the other."""
    record = GaitRecord(1, torch.device("cpu"))
    for contact in ("----", "----", "xxx-", "xxx-", "xxx-", "xxx-", "xxx-", "xxxx"):
        record.add(feet(contact), NONE, EVENLY, FORWARD, GOING)
    figures = record.figures(dt=0.02)
    assert (figures["flight"], figures["least_duty"], figures["most_duty"]) == (2 / 8, 1 / 8, 6 / 8)


def test_a_foot_that_is_put_down_without_weight_is_told_by_its_load():
    """Three steps of 200 N on four feet, 10, 20 and 0 of them on the last one."""
    record = GaitRecord(1, torch.device("cpu"))
    for forces in ([60.0, 40.0, 90.0, 10.0], [50.0, 60.0, 70.0, 20.0], [80.0, 70.0, 50.0, 0.0]):
        record.add(feet("xxxx"), NONE, torch.tensor([forces]), FORWARD, GOING)
    assert record.figures(dt=0.02)["least_load"] == 30.0 / 600.0


def test_robots_told_to_stand_and_ended_episodes_are_left_out():
    record = GaitRecord(3, torch.device("cpu"))
    command = torch.tensor([[0.0, 0.0, -0.2], [0.05, -0.05, 0.05], [1.0, 0.0, 0.0]])
    contact = feet("x--x", "xx--", "xx--")
    record.add(contact, contact, EVENLY.expand(3, 4), command, torch.tensor([True, True, False]))
    agreement = {"diagonal_agreement": 1.0, "lateral_agreement": 0.0, "transverse_agreement": 0.0}
    duty = {"flight": 0.0, "least_duty": 0.0, "most_duty": 1.0, "least_load": 0.25}
    assert record.figures(dt=0.5) == {**agreement, "stride_frequency": 1.0, **duty}


def test_nothing_is_said_of_a_gait_that_was_not_asked_for():
    record = GaitRecord(1, torch.device("cpu"))
    record.add(feet("xxxx"), NONE, EVENLY, torch.zeros(1, 3), GOING)
    assert record.figures(dt=0.02) == {}
