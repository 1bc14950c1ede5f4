"""A program that does not outlive its parent: `python -m legged_gym.utils.bound_process PARENT COMMAND`.

A training whose worker was killed would go on for hours, beside the one that takes its place.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

PR_SET_PDEATHSIG = 1
"""Option of prctl(2) that names the signal to get when the parent dies (linux/prctl.h)."""


def end_with_parent(number: signal.Signals) -> None:
    """Ask the kernel to send a signal to this process at its parent's death.

    Only Linux can; elsewhere this does nothing.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def begin(
    command: Sequence[str],
    variables: Mapping[str, str],
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
) -> subprocess.Popen[str]:
    """Begin a command that ends with this process at the latest, leads a group of its own and reads no input.

    Args:
        command: a program and its arguments.
        variables: of its environment, beside those of this process.
        stdout: as `subprocess.Popen` takes it.
        stderr: likewise.
    """
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        errors="backslashreplace",
        env={**os.environ, **variables},
        start_new_session=True,  # a Ctrl-C of the terminal comes here alone, and goes on once
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Become the command."""
    parent, *command = sys.argv[1:] if argv is None else argv
    end_with_parent(signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the parent is gone already")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
