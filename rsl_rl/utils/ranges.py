"""What numbers settings may be."""

import math
from collections.abc import Sequence

from rsl_rl.utils.errors import ConfigError


def require_numbers(
    least: float, most: float = math.inf, *, above: bool = False, **settings: float | Sequence[float]
) -> None:
    """See that settings are within a range.

    Args:
        least: What each has to be at least.
        most: What each may be at most.
        above: Whether each has to be above ``least``.
        settings: A number each, or several, by name.

    Raises:
        ConfigError: One is not.
    """
    for name, value in settings.items():
        numbers = value if isinstance(value, Sequence) else (value,)
        if not all(least <= number <= most and not (above and number == least) for number in numbers):
            bound = f"{'above' if above else 'at least' if most == math.inf else 'from'} {least:g}"
            upper = "" if most == math.inf else f"{' and at most' if above else ' to'} {most:g}"
            raise ConfigError(f"{name} must be {bound}{upper}, not {value}")


def require_window(name: str, value: Sequence[float]) -> None:
    """See that a setting is where in a training something begins to change, and where it ends.

    Raises:
        ConfigError: It is not.
    """
    if len(value) != 2 or not 0.0 <= value[0] <= value[1] <= 1.0:
        raise ConfigError(f"{name} must be two shares from 0 to 1 in order, not {value}")
