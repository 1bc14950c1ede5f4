"""Algorithms that change on the way."""

from typing import Any

from rsl_rl.algorithms import MirrorPPO
from rsl_rl.modules.observation_input import Observations


class AnnealedPPO(MirrorPPO):
    """Steps of the policy become smaller: ``desired_kl`` falls linearly from rollout to rollout, to ``final_kl``."""

    def __init__(self, *args: Any, final_kl: float = 0.004, num_rollouts: int = 100, **settings: Any) -> None:
        """Prepare.

        Args:
            args: Those of :class:`MirrorPPO`.
            final_kl: Divergence in nats that is desired from the last rollout on.
            num_rollouts: How many there are.
            settings: Those of :class:`MirrorPPO`.
        """
        super().__init__(*args, **settings)
        self._first_kl, self._final_kl = self.desired_kl, final_kl
        self._num_rollouts, self._done = num_rollouts, 0

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout."""
        share = min(self._done / self._num_rollouts, 1.0)
        self.desired_kl = self._first_kl + share * (self._final_kl - self._first_kl)
        self._done += 1
        super().update(obs)
