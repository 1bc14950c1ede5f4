"""Where processes run that take turns, and which of these places are no good."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

DOUBTS = 2
"""Jobs that fail in a slot, with none done there between, after which it is given up."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slot:
    """Where one process at a time runs."""

    gpu: str | None = None
    """What `CUDA_VISIBLE_DEVICES` is to be there; empty for the CPU, None: as here."""
    flags: tuple[str, ...] = ()
    """What is added to each command."""


class Slots:
    """The free ones. One in which jobs fail that are done elsewhere is given up: a broken GPU would fail all others.

    A failure is counted against its slot until a job is done there, or the same one fails in another slot, too: then it
    is the job's. Slots of the same GPU are one in this.
    """

    def __init__(self, slots: Sequence[Slot]) -> None:
        """All are free."""
        self._free = list(slots)
        self._doubts: dict[Slot, set[str]] = {slot: set() for slot in slots}
        self._failed_in: dict[str, Slot] = {}
        self._failures = 0

    def take(self, name: str) -> Slot | None:
        """A free slot for a job of this name, which has not failed there; None if there is none."""
        for slot in self._free:
            if self._is_good(slot) and self._failed_in.get(name) != slot:
                self._free.remove(slot)
                return slot
        return None

    def done(self, slot: Slot) -> None:
        """A job has ended that says nothing against its slot, which is free again."""
        self._free.append(slot)
        self._doubts[slot].clear()
        self._failures = 0

    def failed(self, slot: Slot, name: str) -> bool:
        """A job has failed, maybe by its slot's fault, which is free again; whether it should be tried in another."""
        self._free.append(slot)
        self._failures += 1
        first = self._failed_in.setdefault(name, slot)
        if first != slot:
            self._doubts[first].discard(name)
            return False
        self._doubts[slot].add(name)
        if not self._is_good(slot):
            logger.error(
                "%d jobs in a row failed%s: none follows there", DOUBTS, f" on GPU {slot.gpu}" if slot.gpu else ""
            )
        return len(self._doubts) > 1

    @property
    def are_left(self) -> bool:
        """Whether some are good: not after as many failures in a row as would give up all."""
        return self._failures < DOUBTS * len(self._doubts) and any(map(self._is_good, self._doubts))

    def _is_good(self, slot: Slot) -> bool:
        return len(self._doubts[slot]) < DOUBTS
