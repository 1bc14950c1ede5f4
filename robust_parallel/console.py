"""Lines on a console that programs print while they work."""

from typing import TextIO
from weakref import WeakKeyDictionary

_lost: WeakKeyDictionary[TextIO, OSError] = WeakKeyDictionary()


def show(line: str, console: TextIO) -> None:
    """Print a line now. A full disk or a closed pipe behind it is no reason to end what goes on; see :func:`lost`."""
    try:
        print(line, file=console, flush=True)
    except BrokenPipeError:
        pass  # nobody wants to read it
    except OSError as error:
        _lost.setdefault(console, error)


def lost(console: TextIO) -> OSError | None:
    """Why the first line that a console did not take was lost, for the end of the program; None if none was."""
    return _lost.get(console)
