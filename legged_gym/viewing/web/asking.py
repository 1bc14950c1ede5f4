"""The way from the viewer's process to the program."""

import contextlib
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from legged_gym.viewing.web.messages import Event, Kind


class Asking:
    """Asks the program for something; any thread may."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, Lock()

    def __call__(self, kind: Kind, value: Any = None) -> None:
        """Ask for something."""
        with self._lock, contextlib.suppress(OSError):
            self._pipe.send(Event(kind, value))
