"""A program that does not outlive its parent: `python -m legged_gym.utils.bound_process PARENT COMMAND`.

A training whose worker was killed would go on for hours, beside the one that takes its place.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
"""Option of prctl(2) that names the signal to get when the parent dies (linux/prctl.h)."""


def end_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send a signal to this process at its parent's death.

    Only Linux can; elsewhere this does nothing.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def main(argv: Sequence[str] | None = None) -> None:
    """Become the command."""
    parent, *command = sys.argv[1:] if argv is None else argv
    end_with_parent(signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the parent is gone already")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
