"""Turn signals that end a program into a request to stop."""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, the end of a job, the end of a terminal or a connection."""


@contextlib.contextmanager
def stop_on_signals(request_stop: Callable[[int], None], when: str = "after this iteration") -> Iterator[None]:
    """Call a function with its number on the first of ``SIGNALS`` in the ``with`` block; restore the handlers after it.

    The first signal also restores the former handlers, so that a second one ends a program that does not come to its
    next iteration. A SIGHUP that is ignored stays so, as ``nohup`` wants it. Does nothing outside the main thread,
    where signals cannot be handled.

    Args:
        request_stop: The function.
        when: Completes "stopping ...", for who waits for it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in SIGNALS}
    if former[signal.SIGHUP] is signal.SIG_IGN:
        del former[signal.SIGHUP]

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        restore()
        logger.warning("%s: stopping %s; send it again to stop at once", signal.Signals(number).name, when)
        request_stop(number)

    for number in former:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
