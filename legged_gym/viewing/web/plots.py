"""Reward terms as bars and curves."""

from collections import deque
from collections.abc import Sequence
from html import escape

import numpy as np
import viser
from viser import uplot

_SPAN = 20.0
"""Time that curves show, s."""
_CURVES = 6
"""Curves beside the total: the largest terms."""
_SMOOTHING = 0.2
"""Share of a new value in a bar: single steps are noise."""
_COLOURS = ("#222222", "#2f9e63", "#3a6ee8", "#e8752a", "#d63c78", "#7a52c7", "#1aa3b8")
_GAIN, _LOSS = "#2f9e63", "#d6493c"


class History:
    """Values over the last time, without what is older or was before a jump back."""

    def __init__(self, span: float = _SPAN) -> None:
        """Keep so many seconds."""
        self._span = span
        self._rows: deque[tuple[float, np.ndarray]] = deque()

    def add(self, time: float, values: np.ndarray) -> None:
        """Keep values [R] of a moment, s."""
        if self._rows and time < self._rows[-1][0]:
            self._rows.clear()
        if not self._rows or time > self._rows[-1][0]:
            self._rows.append((time, values))
        while self._rows[0][0] < time - self._span:
            self._rows.popleft()

    def times(self) -> np.ndarray:
        """[T], s."""
        return np.array([time for time, _ in self._rows])

    def values(self) -> np.ndarray:
        """[T, R]."""
        return np.stack([values for _, values in self._rows])


def bars(names: list[str], values: np.ndarray) -> str:
    """Terms as bars, the largest first: HTML."""
    largest = max(float(np.abs(values).max(initial=0.0)), 1e-9)
    rows = []
    for index in np.argsort(-np.abs(values)).tolist():
        value, share = float(values[index]), 48.0 * abs(float(values[index])) / largest
        side, colour = ("left", _GAIN) if value >= 0.0 else ("right", _LOSS)
        rows.append(
            f'<div style="display:flex;align-items:center;gap:6px;height:16px">'
            f'<span style="width:44%;text-align:right;overflow:hidden;text-overflow:ellipsis;white-space:nowrap">'
            f"{escape(names[index])}</span>"
            f'<span style="position:relative;flex:1;height:10px;background:rgba(128,128,128,.15)">'
            f'<span style="position:absolute;top:0;bottom:0;{side}:50%;width:{share:.1f}%;background:{colour}"></span>'
            f"</span>"
            f'<span style="width:46px;text-align:right;font-variant-numeric:tabular-nums">{value:+.2f}</span></div>'
        )
    return f'<div style="font-size:11px;padding:4px 8px">{"".join(rows)}</div>'


class RewardPlots:
    """Bars and curves in the panel."""

    def __init__(self, server: viser.ViserServer, tab: viser.GuiTabHandle, names: Sequence[str]) -> None:
        """Add them to a tab of the panel."""
        self._names = list(names)
        self._history = History()
        self._means: np.ndarray | None = None
        self._gui, self._tab = server.gui, tab
        with tab:
            self._gui.add_markdown("per second, of the robot that is looked at")
            self._bars = self._gui.add_html("")
        self._curves: viser.GuiUplotHandle | None = None
        self._drawn: list[int] = []

    def add(self, time: float, values: np.ndarray) -> None:
        """Take the terms [R], 1/s, of a moment, s."""
        self._history.add(time, values)
        self._means = values if self._means is None else self._means + _SMOOTHING * (values - self._means)

    def draw(self) -> None:
        """Show them."""
        if self._means is None:
            return
        self._bars.content = bars(self._names, self._means)
        times, values = self._history.times(), self._history.values()
        if self._curves is None:
            self._drawn = sorted(np.argsort(-np.abs(values).mean(axis=0))[:_CURVES].tolist())
            self._curves = self._add_curves(times)
        self._curves.data = (times, values.sum(axis=1), *values[:, self._drawn].T)

    def _add_curves(self, times: np.ndarray) -> viser.GuiUplotHandle:
        names = ["total", *(self._names[index] for index in self._drawn)]
        series = [uplot.Series(label="s")]
        for name, colour in zip(names, _COLOURS, strict=False):
            series.append(uplot.Series(label=name, stroke=colour, width=2 if name == "total" else 1))
        empty = tuple(np.zeros(len(times)) for _ in names)
        scales = {"x": uplot.Scale(time=False, auto=True)}
        with self._tab:
            return self._gui.add_uplot((times, *empty), tuple(series), scales=scales, aspect=1.1)
