"""What is drawn of a map and a belief, against numbers put in by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from legged_gym.viewing.belief_view import CLOSED_COLOUR, MAP_COLOUR, OPEN_COLOUR, BeliefView
from rsl_rl.modules import PolicyInference

FEET, POINTS = 4, 3


@pytest.fixture
def env():
    torch.manual_seed(0)
    return SimpleNamespace(
        body_names=["base", "FL_foot", "FR_foot", "RL_foot", "RR_foot"],
        feet_indices=torch.arange(1, 5),
        feet_positions=torch.randn(2, FEET, 3),
        foot_points=torch.randn(2, FEET, POINTS, 2),
        map_points=torch.randn(2, FEET, POINTS, 2),
        map_heights=torch.randn(2, FEET, POINTS),
    )


def believe(heights, gates):
    """Beliefs of two robots; a code of 6 values for each foot."""
    gate = torch.tensor(gates).repeat_interleave(6).expand(2, -1)
    nothing = torch.zeros(2, 0)
    return PolicyInference(nothing, belief=nothing, gate=gate, decoded_heights=heights)


def test_samples_stand_where_the_map_was_read_and_beliefs_where_they_were_meant(env):
    view = BeliefView(env, robot=1)
    heights = torch.randn(2, FEET * POINTS)
    inference = believe(heights, [0.0, 1.0, 0.5, 0.25])
    assert view.see(inference) is inference
    samples, *beliefs = view.markers()
    assert samples.colour == MAP_COLOUR and samples.positions.shape == (FEET * POINTS, 3)
    for foot in range(FEET):
        z = env.feet_positions[1, foot, 2].item()
        for point in range(POINTS):
            drawn = samples.positions[foot * POINTS + point]
            np.testing.assert_allclose(drawn[:2], env.map_points[1, foot, point].numpy(), rtol=1e-6)
            assert drawn[2] == pytest.approx(z + env.map_heights[1, foot, point].item(), abs=1e-6)
            drawn = beliefs[foot].positions[point]
            np.testing.assert_allclose(drawn[:2], env.foot_points[1, foot, point].numpy(), rtol=1e-6)
            assert drawn[2] == pytest.approx(z + heights[1, foot * POINTS + point].item(), abs=1e-6)
    assert beliefs[0].colour == CLOSED_COLOUR and beliefs[1].colour == pytest.approx(OPEN_COLOUR)
    assert beliefs[2].colour == pytest.approx([(a + b) / 2 for a, b in zip(CLOSED_COLOUR, OPEN_COLOUR, strict=True)])
    left, right = (column.splitlines() for column in view.lines())
    assert left[-4:] == ["gate FL", "gate FR", "gate RL", "gate RR"]
    assert right[-4:] == ["0.00", "1.00", "0.50", "0.25"] and len(left) == len(right)


def test_a_student_without_a_map_believes_and_has_no_gates(env):
    env.map_heights[:] = torch.nan
    view = BeliefView(env)
    heights = torch.randn(2, FEET * POINTS)
    view.see(PolicyInference(torch.zeros(2, 12), decoded_heights=heights))
    samples, *beliefs = view.markers()
    assert len(samples.positions) == 0 and [belief.colour for belief in beliefs] == [CLOSED_COLOUR] * FEET
    assert view.gates() == [] and view.lines() == ("grey", "belief")


def test_without_a_student_the_map_alone_is_drawn_and_missing_samples_are_not(env):
    env.map_heights[0, 2] = torch.nan
    view = BeliefView(env)
    view.see(PolicyInference(torch.zeros(2, 12)))
    (samples,) = view.markers()
    assert view.lines() == ("orange", "map")
    assert samples.positions.shape == (3 * POINTS, 3) and np.isfinite(samples.positions).all()
    assert BeliefView(env).lines() == ("orange", "map")
    env.map_heights[0] = torch.nan
    assert BeliefView(env).markers()[0].positions.shape == (0, 3)
