"""The viewer's process: from its start to the end of the program that it shows."""

import os
import traceback
from multiprocessing.connection import Connection
from typing import Any

from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.viewing.web.asking import Asking
from legged_gym.viewing.web.messages import Frame, Halt, Notice, Policies, Scene

_NICENESS = 10
_NAP = 0.02
"""Longest time without looking who is there, s."""


def main(number: int) -> None:
    """Begin.

    Args:
        number: of the file that is the pipe to the program: scene and address come first.
    """
    pipe = Connection(number)
    run_child(pipe, *pipe.recv())


def run_child(pipe: Connection, scene: Scene, address: Address) -> None:
    """Show frames until the program ends.

    Args:
        pipe: to the program. Its address comes back, or a fault.
        scene: what is shown.
        address: where to listen.
    """
    _be_ordinary(_NICENESS if scene.yields else 0)
    try:
        # Packages of the extra `web`, which the program itself neither needs nor loads.
        from legged_gym.viewing.web.page import Page

        page = Page(scene, address, Asking(pipe))
    except (UserError, OSError, ImportError) as error:
        pipe.send(Notice(" ".join(str(error).split()), is_error=True))
        return
    pipe.send(Notice(page.url))
    try:
        while True:
            page.ask_if_due()
            if pipe.poll(_NAP):
                _take(page, pipe.recv())
    except (EOFError, OSError):
        status = 0
    except Exception:
        traceback.print_exc()
        status = 1
    os._exit(status)  # what the server's threads still do is of no use to anybody


def _be_ordinary(niceness: int) -> None:
    """No real-time priority, which a process has from the one that starts it, and less of the processor."""
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    os.nice(niceness)


def _take(page: Any, message: Frame | Notice | Policies | Halt) -> None:
    if isinstance(message, Frame):
        page.draw(message)
    elif isinstance(message, Notice):
        page.tell(message)
    elif isinstance(message, Halt):
        page.halt()
    else:
        page.offer_policies(message)
