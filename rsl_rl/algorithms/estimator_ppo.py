"""Proximal policy optimisation of a policy with an estimator, which learns beside it."""

from collections.abc import Mapping
from typing import Any

import torch

from rsl_rl.algorithms.estimation import EstimatorTraining
from rsl_rl.algorithms.ppo import PPO
from rsl_rl.modules.estimator_actor_critic import EstimatorActorCritic
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.term_columns import term_columns
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.registry import build


class EstimatorPPO(PPO):
    """:class:`PPO` for everything but the policy's estimator, then :class:`EstimatorTraining` for that."""

    trains_estimator = True

    def __init__(
        self,
        policy: EstimatorActorCritic,
        storage: RolloutStorage,
        distributed: Distributed | None = None,
        layout: Mapping[str, Any] | None = None,
        *,
        estimator: Mapping[str, Any] | None = None,
        use_graphs: bool = True,
        **settings: Any,
    ) -> None:
        """Prepare both parts.

        Args:
            policy: Actor with estimator, and critic, on the device of the storage.
            storage: Where to record rollouts.
            distributed: The processes which train together.
            layout: That of the environment, to name the estimator's errors, see :class:`rsl_rl.env.VecEnv`.
            estimator: Keywords of :class:`EstimatorTraining`.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.
            settings: Those of :class:`PPO`.

        Raises:
            ConfigError: A setting is unknown or out of its range.
        """
        super().__init__(policy, storage, distributed, layout, use_graphs=use_graphs, **settings)
        terms = term_columns(layout, policy.target_input)
        arguments = (policy, storage, terms, self.distributed, use_graphs)
        self.estimation = build("estimator", EstimatorTraining, {} if estimator is None else estimator, *arguments)
        """What trains the estimator."""

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout: first the policy, by what the estimator told it then, then the estimator."""
        self.estimation.measure()
        super().update(obs)
        self.estimation.update()

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results of the last update by tag, as 0-d tensors, see :meth:`EstimatorTraining.metrics`."""
        skipped = self.num_skipped + self.estimation.num_skipped
        return {**super().metrics(), **self.estimation.metrics(), "Loss/skipped_updates": skipped}

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last mini-batch that was skipped, of either part, as its losses tell."""
        last = self.estimation if self.estimation.has_skipped else super()
        return last.offending_mini_batch()

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on."""
        return {**super().state_dict(), "estimator": self.estimation.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        super().load_state_dict(state)
        self.estimation.load_state_dict(state["estimator"])
