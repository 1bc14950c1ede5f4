"""The nearest name to a mistyped one."""

import difflib
from collections.abc import Iterable

ALIKE = 0.6
"""Share of two names that is the same where one may have been meant by the other: difflib's own."""
MUCH_ALIKE = 0.75
"""The same of last parts alone, of names that are otherwise of another section."""


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?` for the name most like `name`, or an empty string when none is.

    Dotted names are also compared by their last part, so that `num_envs` finds `env.num_envs`. Names whose last parts
    are unlike are none that was meant, however much of what stands before is the same.
    """
    names = list(names)
    match = [other for other in difflib.get_close_matches(name, names, n=3, cutoff=ALIKE) if _alike(name, other)]
    if not match:
        by_leaf = {_leaf(other): other for other in reversed(names)}
        match = [by_leaf[leaf] for leaf in difflib.get_close_matches(_leaf(name), by_leaf, n=1, cutoff=MUCH_ALIKE)]
    return f"; did you mean {match[0]}?" if match else ""


def _leaf(name: str) -> str:
    return name.rsplit(".", 1)[-1].lstrip("-")


def _alike(name: str, other: str) -> bool:
    """Whether the last parts are, or one begins with the other."""
    first, second = sorted((_leaf(name), _leaf(other)), key=len)
    begins = bool(first) and second.startswith(first)
    return begins or difflib.SequenceMatcher(None, first, second).ratio() >= ALIKE
