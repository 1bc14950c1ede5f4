"""Settings that change in the course of a training."""

from collections.abc import Sequence


def annealed(progress: float, values: Sequence[float], window: Sequence[float]) -> float:
    """Return what a setting is at a point of the training.

    Args:
        progress: How much of the training is done, as a share or in iterations.
        values: The setting at the start, and at the end.
        window: Points, in the same terms, between which it goes linearly from the one to the other; a jump if they are
            the same.
    """
    (first, last), (begin, end) = values, window
    if progress < begin:
        return first
    return last if progress >= end else first + (last - first) * (progress - begin) / (end - begin)
