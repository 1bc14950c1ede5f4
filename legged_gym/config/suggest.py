"""The nearest name to a mistyped one."""

import difflib
from collections.abc import Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?` for the name most like `name`, or an empty string when none is.

    Dotted names are also compared by their last part, so that `num_envs` finds `env.num_envs`.
    """
    names = list(names)
    match = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not match:
        by_leaf = {other.rsplit(".", 1)[-1]: other for other in reversed(names)}
        match = [by_leaf[leaf] for leaf in difflib.get_close_matches(name.rsplit(".", 1)[-1], by_leaf, n=1)]
    return f"; did you mean {match[0]}?" if match else ""
