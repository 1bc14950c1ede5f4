"""Confidence intervals against published and simulated values."""

import random

import numpy as np
import pytest

from legged_gym.evaluation.statistics import mean_interval, rate, relative_gain


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_of_newcombe_1998(successes: int, trials: int, low: float, high: float) -> None:
    """Table I of Newcombe 1998, method 3."""
    found = rate(successes, trials)
    assert found.value == successes / trials and found.trials == trials
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-4)
    mirrored = rate(trials - successes, trials)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_gain_and_its_standard_error() -> None:
    gain, error = relative_gain(0.9, 0.02, 1.0, 0.03)
    draw = random.Random(1)
    samples = [1 - draw.gauss(0.9, 0.02) / draw.gauss(1.0, 0.03) for _ in range(20000)]
    mean = sum(samples) / len(samples)
    spread = (sum((sample - mean) ** 2 for sample in samples) / len(samples)) ** 0.5
    assert gain == pytest.approx(0.1) and mean == pytest.approx(gain, abs=2e-3)
    assert error == pytest.approx(spread, rel=0.03)


def test_the_interval_of_a_mean_is_students():
    """1, 2, 3: a standard deviation of 1, and a quantile of 4.303 with two degrees of freedom."""
    assert mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2.0 - 4.303 / 3**0.5, 2.0 + 4.303 / 3**0.5))
    assert mean_interval([0.5] * 20) == (0.5, 0.5)


def test_the_interval_of_a_mean_holds_it_as_often_as_it_says():
    generator = np.random.default_rng(1)
    for count in (2, 3, 11):
        intervals = [mean_interval(sample.tolist()) for sample in generator.normal(1.0, 2.0, (4000, count))]
        held = np.mean([low <= 1.0 <= high for low, high in intervals])
        assert held == pytest.approx(0.95, abs=0.012)  # 3.5 standard errors
