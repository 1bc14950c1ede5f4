"""Progress on a terminal, updated in place."""

import logging
import math
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rsl_rl.utils.progress import STEPS_PER_SECOND, Clock, Progress

ORDER = {"Train": -1, "Reward": 1}
"""Groups that come before or after the others."""
GAP = "   "
"""Space between columns."""
VALUE_WIDTH = 11


class LiveProgress(Progress):
    """A bar, the times, and all scalars by group. A thread of its own redraws it: training does not wait for it."""

    REFRESHES_PER_SECOND = 4.0

    def __init__(
        self,
        console: TextIO,
        iteration: int,
        last_iteration: int,
        clock: Clock = time.monotonic,
        what: str = "iteration",
    ) -> None:
        """Begin to show. What is printed and logged from now on appears above the display."""
        super().__init__(console, iteration, last_iteration, clock, what)
        self._terminal = Console(file=console, force_terminal=True)
        self._live = Live(
            get_renderable=self._render,
            console=self._terminal,
            refresh_per_second=self.REFRESHES_PER_SECOND,
            redirect_stderr=sys.stderr.isatty(),
        )
        streams = sys.stdout, sys.stderr
        self._live.start()
        self._redirected = _redirect_logging(dict(zip(streams, (sys.stdout, sys.stderr), strict=True)))

    def _show(self) -> None:
        """Leave it to the thread."""

    def close(self) -> None:
        for handler, stream in self._redirected:
            handler.setStream(stream)
        self._live.stop()

    def _render(self) -> RenderableType:
        done, total = self._iteration - self._first, max(self._last - self._first, 1)
        head = Table.grid(padding=(0, 2), expand=True)
        head.add_column()
        head.add_column(ratio=1)
        head.add_column()
        title = Text(f"{self._what} {self._iteration}/{self._last}", style="bold")
        head.add_row(title, ProgressBar(total, done), f"{100 * done // total:3} %")
        times = Text("   ".join(self._times()))
        return Group(head, times, _table(self._scalars, self._terminal.width))


def _table(scalars: Mapping[str, float], width: int) -> Text:
    """Return the scalars, group after group, in as many columns as fit into a width."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for tag, value in scalars.items():
        group, name = _group(tag)
        if tag != STEPS_PER_SECOND:
            groups.setdefault(group, []).append((name, f"{value:.4g}"))
    longest = max((len(name) for entries in groups.values() for name, _ in entries), default=0)
    cell = longest + VALUE_WIDTH
    columns = max((width + len(GAP)) // (cell + len(GAP)), 1)
    num_lines = sum(1 + len(entries) for entries in groups.values()) + columns - 1  # with a blank under each column
    rows = math.ceil(num_lines / columns)
    lines: list[Text] = []
    for group in sorted(groups, key=lambda group: ORDER.get(group, 0)):
        if len(lines) % rows == rows - 1:
            lines.append(Text(" " * cell))  # a title does not stand at the foot of a column
        lines.append(Text(f"{group:<{cell}}", style="bold cyan"))
        lines += [
            Text.assemble(f"{name:<{longest}}", (f"{value:>{VALUE_WIDTH}}", "bold")) for name, value in groups[group]
        ]
    table = (Text(GAP).join(lines[row::rows]) for row in range(rows))
    return Text("\n", no_wrap=True).join(table)


def _group(tag: str) -> tuple[str, str]:
    """Return group and name of a tag; the terms of the reward have a group of their own."""
    group, _, name = tag.partition("/")
    return ("Reward", name.removeprefix("rew_")) if name.startswith("rew_") else (group, name)


def _redirect_logging(proxies: dict[TextIO, TextIO]) -> list[tuple[logging.StreamHandler, TextIO]]:
    """Let log handlers that write to a stream write to its stand-in; return them with their streams."""
    handlers = [handler for handler in logging.getLogger().handlers if isinstance(handler, logging.StreamHandler)]
    changed = [(handler, handler.stream) for handler in handlers if handler.stream in proxies]
    for handler, stream in changed:
        handler.setStream(proxies[stream])
    return changed
