"""Tells, once, that an engine had too little room, and which setting gives it more."""

import logging

from legged_gym.sim.simulator import Simulator

logger = logging.getLogger(__name__)


class PoolWatch:
    """Looks at an engine's failures for want of room."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._settings = dict(sim.pool_settings)

    def look(self) -> None:
        """Log what has failed for the first time. A host read: not in a step."""
        counts = self._sim.failure_counts() if self._settings else {}
        for kind, setting in list(self._settings.items()):
            if counts[kind]:
                del self._settings[kind]
                logger.warning("%d robots were reset by %s: raise %s", counts[kind], kind.replace("_", " "), setting)
