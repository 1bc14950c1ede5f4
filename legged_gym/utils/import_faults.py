"""Packages of others whose import ends in an error: which one, why, and what of the environment may be at fault."""

import os
from collections.abc import Iterator
from traceback import walk_tb

_INSTALLED = ("site-packages", "dist-packages")
"""Folders of packages that were installed."""
_SHORTEST = 3
"""Characters of a name or a value that is looked for in a message: shorter ones are in any."""


def import_fault(error: BaseException) -> str | None:
    """What to tell of an error that a package raised while it was imported, in one line; None of any other error.

    Packages read environment variables then, and each says in its own way that it cannot use one.
    """
    package = next(_being_imported(error), None)
    if package is None:
        return None
    said = str(error)
    reason = (said.strip().splitlines() or [type(error).__name__])[0]
    suspects = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if package.upper() in name.upper() or any(len(text) >= _SHORTEST and text in said for text in (name, value))
    ]
    advice = f"; it reads of the environment: {', '.join(suspects)}" if suspects else ""
    return f"{package} cannot be imported: {reason}{advice}"


def _being_imported(error: BaseException) -> Iterator[str]:
    """The installed packages whose modules were being run when an error came, the outermost first."""
    for frame, _ in walk_tb(error.__traceback__):
        code = frame.f_code
        if code.co_name == "<module>" and any(f"{os.sep}{folder}{os.sep}" in code.co_filename for folder in _INSTALLED):
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if package not in ("", "legged_gym", "rsl_rl", "robust_parallel", "isaacgym"):
                yield package
