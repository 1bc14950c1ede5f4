"""Tells that an engine had too little room, and which setting gives it more; and that simulations fail in masses."""

import logging

from legged_gym.sim.simulator import Simulator

logger = logging.getLogger(__name__)


class FailureWatch:
    """Looks at an engine's failures, once an iteration of a training."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._settings = dict(sim.pool_settings)
        self._counts = dict.fromkeys(sim.failure_kinds, 0)
        self._told = 0

    def look(self) -> None:
        """Log failures for want of room, the first of each kind; and when each robot failed once since the last look.

        The latter each time that there are twice as many. A host read: not in a step.
        """
        before, self._counts = self._counts, self._sim.failure_counts()
        for kind, setting in list(self._settings.items()):
            if self._counts[kind]:
                del self._settings[kind]
                told = kind.replace("_", " ")
                logger.warning("%d robots were reset by %s: raise %s", self._counts[kind], told, setting)
        new = {kind: count - before[kind] for kind, count in self._counts.items() if count > before[kind]}
        if (failed := sum(new.values())) >= max(self._sim.num_envs, 2 * self._told):
            self._told = failed
            kinds = ", ".join(f"{count} by {kind.replace('_', ' ')}" for kind, count in new.items())
            logger.warning(
                "%d simulations failed in an iteration of %d robots, and began anew: %s; are actions, gains and sim.dt "
                "what the robot bears?", failed, self._sim.num_envs, kinds,
            )  # fmt: skip
