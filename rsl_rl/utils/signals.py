"""Turn signals that end a program into a request to stop."""

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

logger = logging.getLogger(__name__)


@contextlib.contextmanager
def stop_on_signals(request_stop: Callable[[], None]) -> Iterator[None]:
    """Call a function on the first SIGINT or SIGTERM inside the ``with`` block, and restore the handlers after it.

    The first signal also restores the former handlers, so that a second one ends a program that does not come to its
    next iteration. Does nothing outside the main thread, where signals cannot be handled.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in former.items():
            signal.signal(number, handler)

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        restore()
        logger.warning("%s: stopping after this iteration; send it again to stop at once", signal.Signals(number).name)
        request_stop()

    for number in former:
        signal.signal(number, handle)
    try:
        yield
    finally:
        restore()
