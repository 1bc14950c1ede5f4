"""What the doctor found, and how it is told."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from legged_gym.utils.errors import UserError

State = Literal["ok", "note", "warning", "fault"]
"""`note`: something is left out; `warning`: slow or risky; `fault`: something does not work."""

_MARKS: dict[str, str] = {"ok": " ", "note": " ", "warning": "!", "fault": "X"}
_WIDTH = 120
_NAME = 16


@dataclass(frozen=True)
class Finding:
    """One line of the page."""

    name: str
    value: str
    state: State = "ok"
    advice: str = ""
    """What to do."""


Section = tuple[str, list[Finding]]
"""A title, and what is found under it."""


def section(title: str, look: Callable[[], Iterator[Finding]]) -> Section:
    """Look; what cannot even be looked at is a fault, and the doctor goes on."""
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except Exception as error:  # whatever is broken here must not keep the rest from being told
        reason = " ".join(str(error).split())
        text = reason if isinstance(error, UserError) else f"{type(error).__name__}: {reason}"
        findings.append(Finding(title, text, "fault"))
    return title, findings


def count(sections: Sequence[Section], state: State) -> int:
    """How many findings are of a state."""
    return sum(finding.state == state for _, findings in sections for finding in findings)


def page(sections: Sequence[Section]) -> str:
    """All of it as text."""
    lines: list[str] = []
    for title, findings in sections:
        lines.append(title)
        for finding in findings:
            head = f"{_MARKS[finding.state]} {finding.name:<{_NAME}} "
            text = finding.value + (f": {finding.advice}" if finding.advice else "")
            lines += textwrap.wrap(
                text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False
            ) or [head.rstrip()]
    lines.append(f"faults (X): {count(sections, 'fault')}, warnings (!): {count(sections, 'warning')}")
    return "\n".join(lines)


def plain(sections: Sequence[Section]) -> dict[str, Any]:
    """All of it as plain data: by title, a list of findings."""
    return {title: [asdict(finding) for finding in findings] for title, findings in sections}
