"""Programs: train.py, play.py."""

import sys
from typing import Any

from legged_gym.utils.learner import require_own_learner


def _tell_interrupt(kind: type[BaseException], error: BaseException, trace: Any) -> None:
    """A word in the place of a traceback when Ctrl-C comes while a program is still being loaded."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell_interrupt
require_own_learner()
