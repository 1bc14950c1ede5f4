"""Ctrl-C while a program is still being loaded."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

_PACKAGE = Path(__file__).resolve().parents[1]
_PROGRAMS = (_PACKAGE / "scripts", _PACKAGE.parent / "benchmarks")
"""Folders of programs."""


def end_at_once() -> None:
    """In a program of this project, let Ctrl-C end it with a word and status 130, until :func:`raise_again`.

    Loading takes seconds, in which there is nothing to save; a KeyboardInterrupt there ends in a traceback, or is lost
    in a library that catches everything.
    """
    if _is_main() and _is_own_program() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


@contextlib.contextmanager
def ending_at_once() -> Iterator[None]:
    """The same while something is imported that loses a KeyboardInterrupt."""
    before = signal.getsignal(signal.SIGINT)
    if not _is_main() or before is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def raise_again() -> None:
    """Let Ctrl-C raise a KeyboardInterrupt, as Python does."""
    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    os.write(2, b"interrupted\n")
    os._exit(128 + number)


def _is_main() -> bool:
    """Whether this is the main thread of a process that no other of `multiprocessing` began."""
    process = sys.modules.get("multiprocessing.process")  # loaded in a process of its own; here it would take its time
    is_child = process is not None and process.parent_process() is not None
    return threading.current_thread() is threading.main_thread() and not is_child


def _is_own_program() -> bool:
    """Whether a script of this project runs, by its file, as a module, or as a console command."""
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1] if "-m" in sys.orig_argv[:-1] else ""
    program = Path(getattr(sys.modules["__main__"], "__file__", None) or "")
    by_file = program.resolve().parent in _PROGRAMS or program.name.startswith("rp-")
    return by_file or module.startswith("legged_gym.scripts.")
