"""Settings that change in the course of a training."""

import pytest

from rsl_rl.utils.annealing import annealed


@pytest.mark.parametrize(
    ("progress", "window", "expected"),
    [
        (0.0, (0.5, 0.6), 0.01),
        (0.4999, (0.5, 0.6), 0.01),
        (0.525, (0.5, 0.6), 0.00825),  # a quarter of the way from 0.01 to 0.003
        (0.6, (0.5, 0.6), 0.003),
        (1.0, (0.5, 0.6), 0.003),
        (0.25, (0.0, 1.0), 0.00825),
        (0.4999, (0.5, 0.5), 0.01),  # a jump
        (0.5, (0.5, 0.5), 0.003),
    ],
)
def test_what_changes_in_the_course_of_a_training(progress, window, expected):
    assert annealed(progress, (0.01, 0.003), window) == pytest.approx(expected, rel=1e-12)
