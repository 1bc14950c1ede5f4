"""Tells how many robots' steps failed."""

import logging

logger = logging.getLogger(__name__)


class FailureLog:
    """Warns of failures, whenever there are twice as many as it told."""

    def __init__(self, hints: dict[str, str] | None = None) -> None:
        """Say with each kind of failure what helps against it, if that is known."""
        self._told, self._hints = 0, hints or {}

    def tell(self, failures: dict[str, int]) -> None:
        """Look at the failures since the start, by kind."""
        total = sum(failures.values())
        if total < max(1, 2 * self._told):
            return
        self._told = total
        kinds = ", ".join(f"{count} {kind}{self._hint(kind)}" for kind, count in failures.items() if count)
        logger.warning("isaacgym: steps of single robots that failed so far: %s; they were held in place", kinds)

    def _hint(self, kind: str) -> str:
        return f" ({self._hints[kind]})" if kind in self._hints else ""
