"""What is read out of a probe's traces, for hand-made ones."""

import pytest
import torch

from studies.belief.traces import NEVER, Trace, aligned, contradictions, example, revision

T = 40


def make_trace(trials: int = 1) -> Trace:
    """Ground at the foot's height, a right map and a right belief, no contact; two feet."""
    heights = [torch.zeros(T, trials, 2) for _ in range(4)]
    contact, alive = torch.zeros(T, trials, 2, dtype=torch.bool), torch.ones(T, trials, dtype=torch.bool)
    return Trace(*heights, contact=contact, on_tile=~contact, gate=torch.zeros(T, trials), alive=alive)


def test_a_contradiction_is_the_first_contact_where_the_map_is_wrong() -> None:
    trace = make_trace(2)
    trace.contact[5:, 0, 0] = True
    trace.contact[8, 0, 1] = True
    trace.seen[7:, 0] = 0.12  # a ghost step
    trace.contact[30:, 1] = True
    trace.seen[:, 1] = -0.12
    trace.alive[25:, 1] = False
    assert contradictions(trace).tolist() == [[7, 8], [NEVER, NEVER]]
    trace.seen[7:, 0] = 0.05  # too little to contradict
    assert contradictions(trace)[0].tolist() == [NEVER, NEVER]


def test_a_foot_over_the_tiles_edge_contradicts_nothing() -> None:
    trace = make_trace()
    trace.contact[5:] = True
    trace.seen[:] = 0.12  # a neighbour whose map is wrong
    trace.on_tile[:10, 0, 0] = False
    trace.on_tile[:, 0, 1] = False
    assert contradictions(trace).tolist() == [[10, NEVER]]


def test_steps_to_revise_and_errors_around_the_touch() -> None:
    trace = make_trace(3)
    trace.seen[:] = 0.12
    trace.decoded[:] = 0.1
    trace.decoded[20:, 0, 0] = 0.02  # revised 5 steps after its touch at 15
    trace.decoded[2:6, 1, 0] = 0.0  # right before its touch at 10, never after it
    trace.decoded[10:, 2, 0] = 0.0  # right at once
    touch = torch.tensor([[15, NEVER], [10, NEVER], [10, NEVER]])
    found = revision(trace, touch)
    assert found["touches"] == 3 and found["revised"] == pytest.approx(2 / 3) and found["steps"] == 5
    # 10 steps before: all 0.1 but for 4 zeros; 10 after: 4 x 0.1 + 6 x 0.02, 10 x 0.1, 10 x 0.
    assert found["error_before"] == pytest.approx((30 - 4) * 0.1 / 30)
    assert found["error_after"] == pytest.approx((0.4 + 0.12 + 1.0) / 30)
    assert found["map_error_before"] == pytest.approx(0.12)
    first = revision(trace, touch[:, :1].expand(3, 2).where(torch.tensor([False, True]), NEVER))
    assert first["steps"] is None and first["revised"] == 0.0  # the other foot is never right
    assert revision(trace, torch.full((3, 2), NEVER)) == {"touches": 0}


def test_a_fall_ends_what_is_counted() -> None:
    trace = make_trace()
    trace.decoded[:20] = 0.2
    trace.alive[18:] = False
    found = revision(trace, torch.tensor([[12, NEVER]]))
    assert found["steps"] is None and found["error_after"] == pytest.approx(0.2)
    trace.alive[13:] = False
    assert revision(trace, torch.tensor([[12, NEVER]]))["error_after"] is None


def test_means_around_the_touch_of_the_first_foot() -> None:
    trace = make_trace(3)
    trace.gate += torch.arange(T)[:, None]
    trace.seen[:, :, 0] = torch.tensor([0.1, 0.3, 5.0])
    trace.decoded[:, 1, 1] = 9.0
    touch = torch.tensor([[10, 30], [20, NEVER], [NEVER, NEVER]])
    trace.alive[30:, 0] = False
    found = aligned(trace, touch, 0.02)
    row = {round(time * 50): index for index, time in enumerate(found["time"])}
    assert min(row) == -20 and max(row) == 19
    assert [found["trials"][row[step]] for step in (-20, -11, -10, 0, 19)] == [1, 1, 2, 2, 2]
    assert found["map_error"][row[0]] == pytest.approx(0.2) and found["map_error"][row[-20]] == pytest.approx(0.3)
    assert found["gate"][row[0]] == pytest.approx(15.0) and found["error"][row[0]] == 0.0


def test_the_example_is_the_trial_that_goes_on_longest_after_its_touch() -> None:
    trace = make_trace(3)
    trace.foot += torch.tensor([1.0, 2.0, 3.0])[:, None]
    trace.ground -= 0.5
    trace.alive[22:, 0] = False
    touch = torch.tensor([[5, 9], [NEVER, 12], [NEVER, NEVER]])
    found = example(trace, touch, 0.02)
    assert found["foot"] == [2.0] * T and found["ground"] == [1.5] * T and found["map"] == [2.0] * T
    assert found["time"][0] == pytest.approx(-12 * 0.02) and found["time"][12] == 0.0
    no_touch = example(trace, torch.full((3, 2), NEVER), 0.02)
    assert no_touch["foot"] == [2.0] * T and no_touch["time"][20] == 0.0
