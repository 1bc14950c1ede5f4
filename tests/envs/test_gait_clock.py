"""The legs' clock against phases worked out by hand."""

import pytest
import torch

from legged_gym.envs.base.gait_clock import GaitClock
from legged_gym.interface.gait_clock import waves

TROT = [[0.0, 0.5, 0.5, 0.0]]
EITHER_FOOT_FIRST = [[0.0, 0.5], [0.5, 0.0]]


def every(num_envs: int) -> torch.Tensor:
    return torch.ones(num_envs, dtype=torch.bool)


def test_a_stride_takes_one_over_the_frequency():
    """2 Hz: 0.1 s are a fifth of a stride, and after five of them it begins again."""
    clock = GaitClock(1, TROT, 2.0, "cpu")
    seen = [clock.phase[0].clone()]
    for _ in range(5):
        clock.advance(0.1, every(1))
        seen.append(clock.phase[0].clone())
    torch.testing.assert_close(torch.stack(seen)[:5, 0], torch.tensor([0.0, 0.2, 0.4, 0.6, 0.8]))
    torch.testing.assert_close(torch.stack(seen)[:5, 1], torch.tensor([0.5, 0.7, 0.9, 0.1, 0.3]))
    assert waves(clock.phase)[0, 4].item() == pytest.approx(1.0, abs=1e-5)  # the cosine of a whole stride


def test_phases_stay_below_one():
    clock = GaitClock(1, TROT, 3.0, "cpu")
    for _ in range(1000):
        clock.advance(0.01, every(1))
        assert ((clock.phase >= 0.0) & (clock.phase < 1.0)).all()
        torch.testing.assert_close(clock.phase[:, :2], clock.phase[:, [3, 2]])


def test_a_standing_robots_clock_waits_at_the_beginning():
    clock = GaitClock(2, TROT, 2.0, "cpu")
    clock.advance(0.1, every(2))
    clock.advance(0.1, torch.tensor([False, True]))
    torch.testing.assert_close(clock.phase, torch.tensor([[0.0, 0.5, 0.5, 0.0], [0.4, 0.9, 0.9, 0.4]]))
    clock.advance(0.1, every(2))
    torch.testing.assert_close(clock.phase[:, 0], torch.tensor([0.2, 0.6]))


def test_reset_draws_a_gait_for_the_masked_alone():
    torch.manual_seed(0)
    clock = GaitClock(200, EITHER_FOOT_FIRST, 2.0, "cpu")
    left_first = clock.phase[:, 0] == 0.0
    assert 70 < left_first.sum() < 130  # of 200 fair draws: four standard deviations
    torch.testing.assert_close(clock.phase[:, 1], torch.where(left_first, 0.5, 0.0))
    clock.advance(0.1, every(200))
    before = clock.phase.clone()
    mask = torch.arange(200) < 100
    clock.reset(mask)
    assert torch.equal(clock.phase[100:], before[100:])
    assert set(clock.phase[:100].flatten().tolist()) == {0.0, 0.5}
    assert not torch.equal(clock.phase[:100, 0] == 0.0, left_first[:100])


def test_waves_are_the_sines_then_the_cosines():
    clock = GaitClock(1, [[0.0, 0.25, 0.5]], 1.0, "cpu")
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0, 0.0, -1.0]])
    torch.testing.assert_close(waves(clock.phase), expected, atol=1e-6, rtol=0.0)


def test_buffers_keep_their_storage():
    """A captured step reads and writes them in place."""
    clock = GaitClock(4, EITHER_FOOT_FIRST, 2.0, "cpu")
    address = clock.phase.data_ptr()
    clock.advance(0.1, every(4))
    clock.reset(every(4))
    assert clock.phase.data_ptr() == address
