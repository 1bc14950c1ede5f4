"""Tells what a training could not learn from, and ends one that learns nothing at all."""

import logging
import math
from collections.abc import Mapping

from rsl_rl.env import VecEnv
from rsl_rl.utils.errors import TrainingError

logger = logging.getLogger(__name__)

MAX_IDLE_ITERATIONS = 10
"""Iterations in a row without a finite loss after which a training ends: it would go on so."""


class FaultWatch:
    """Looks at the results of each iteration, on the host."""

    def __init__(self, env: VecEnv) -> None:
        self._env = env
        self._told = 0
        self._idle = 0

    def look(self, scalars: Mapping[str, float], iteration: int) -> None:
        """Log steps that were left out, each time that there are twice as many.

        Args:
            scalars: Results of the iteration by tag, see :meth:`rsl_rl.algorithms.Algorithm.metrics`.
            iteration: Its number.

        Raises:
            TrainingError: Nothing was learned for too long.
        """
        left_out = int(scalars.get("Faults/left_out_steps", 0.0))
        if left_out > 2 * self._told:
            self._told = left_out
            logger.warning(
                "iteration %d: left out %d steps which were not finite%s", iteration, left_out, self._cause()
            )
        is_idle = any(tag.startswith("Loss/") and math.isnan(value) for tag, value in scalars.items())
        self._idle = self._idle + 1 if is_idle else 0
        if self._idle >= MAX_IDLE_ITERATIONS:
            raise TrainingError(
                f"nothing was learned in the last {self._idle} iterations: no loss was finite{self._cause()}"
            )

    def _cause(self) -> str:
        """What the environment knows of it, with a colon before it."""
        cause = getattr(self._env, "faults", lambda: "")()
        return f": {cause}" if cause else ""
