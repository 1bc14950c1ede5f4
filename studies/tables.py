"""Tables as text."""

from collections.abc import Sequence
from typing import Any


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A title, a line of column names, and rows; the first column to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    texts = []
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        texts.append("  " + "  ".join(cells).rstrip())
    return "\n".join([title, *texts])


def percent(rate: dict[str, Any] | None, interval: bool = False) -> str:
    """A rate as per cent, with its confidence interval if wanted; a dash if it was not measured."""
    if rate is None:
        return "-"
    text = f"{100 * rate['value']:.0f}"
    return text + (f" ({100 * rate['low']:.0f}-{100 * rate['high']:.0f})" if interval else "")


def number(value: float | None, digits: int = 3, factor: float = 1.0) -> str:
    """A number, or a dash if it was not measured."""
    return "-" if value is None else f"{factor * value:.{digits}f}"
