"""Uncertainty of what trials give."""

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import NamedTuple

Z = 1.96
"""Standard deviations of a normal distribution that hold 95 % of it."""


class Rate(NamedTuple):
    """A share of trials with its 95 % confidence interval."""

    value: float
    low: float
    high: float
    trials: int


def rate(successes: int, trials: int) -> Rate:
    """Share of successes with Wilson's score interval (Wilson 1927): right also near 0 and 1, and for few trials."""
    share, weight = successes / trials, Z * Z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / trials + weight / (4 * trials)) / (1 + weight)
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half), trials)


STUDENT_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""0.975 quantiles of Student's distribution with 1 to 10 degrees of freedom."""


def mean_interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % confidence interval of the mean of what a few samples of a normal distribution are taken from (Student).

    With more than 11 samples it is a little wider than need be.

    Args:
        values: at least two.
    """
    count, mean = len(values), fmean(values)
    half = STUDENT_T[min(count - 2, len(STUDENT_T) - 1)] * stdev(values) / math.sqrt(count)
    return mean - half, mean + half


def relative_gain(new: float, new_error: float, old: float, old_error: float) -> tuple[float, float]:
    """How much smaller a mean has become, as a share of the old one, and the standard error of that (delta method).

    Args:
        new: mean.
        new_error: its standard error.
        old: mean > 0, of independent samples.
        old_error: its standard error.
    """
    ratio = new / old
    return 1.0 - ratio, math.hypot(new_error, ratio * old_error) / old
