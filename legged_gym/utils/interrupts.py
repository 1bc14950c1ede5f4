"""Ctrl-C while a program is still being loaded, from the import of this module on: it imports what is light alone."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_PROGRAMS = (os.path.join(_PACKAGE, "scripts"), os.path.join(os.path.dirname(_PACKAGE), "benchmarks"))
"""Folders of programs."""
_MODULES = ("legged_gym.scripts.", "benchmarks.", "studies.")
"""Beginnings of programs' names after `python -m`."""


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


def end_without_a_word() -> None:
    """In a program of this project that has told how it ends, let another Ctrl-C end it at once."""
    if _is_main() and _is_own_program():
        signal.signal(signal.SIGINT, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    del frame
    os._exit(128 + number)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    os.write(2, b"interrupted\n")
    os._exit(128 + number)


def _is_main() -> bool:
    """Whether this is the main thread of a process that no other of `multiprocessing` began."""
    # both are loaded where there is a thread or a process of their kind; here they would take their time
    threading, process = (sys.modules.get(name) for name in ("threading", "multiprocessing.process"))
    is_child = process is not None and process.parent_process() is not None
    return not is_child and (threading is None or threading.current_thread() is threading.main_thread())


def _is_own_program() -> bool:
    """Whether a script of this project runs, by its file, as a module, or as a console command."""
    module = sys.orig_argv[sys.orig_argv.index("-m") + 1] if "-m" in sys.orig_argv[:-1] else ""
    folder, name = os.path.split(os.path.realpath(getattr(sys.modules["__main__"], "__file__", None) or ""))
    return folder in _PROGRAMS or name.startswith("rp-") or module.startswith(_MODULES)


end_at_once()
