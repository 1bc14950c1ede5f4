"""Lines of the log that wait for the main thread: a paused terminal (Ctrl-S) keeps whoever writes to it waiting."""

import logging
import queue
from logging.handlers import QueueHandler
from types import TracebackType


class KeptLines:
    """While this lasts, no thread waits for the log; who calls `write` does."""

    def __init__(self) -> None:
        self._root, self._handlers = logging.getLogger(), list[logging.Handler]()
        self._waiting: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
        self._keeper: logging.Handler = QueueHandler(self._waiting)

    def __enter__(self) -> "KeptLines":
        self._handlers, self._root.handlers = self._root.handlers, [self._keeper]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._root.handlers = self._handlers
        self.write()

    def write(self) -> None:
        """Write what there is."""
        while not self._waiting.empty():
            record = self._waiting.get()
            for handler in self._handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)
