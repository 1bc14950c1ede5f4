"""Uncertainty of what trials give."""

import math
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
