"""What a runner needs of an algorithm."""

from collections.abc import Mapping
from typing import Any, Protocol

import torch

from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.policy import Policy


class Algorithm(Protocol):
    """Collects rollouts with a policy and improves it.

    For each rollout :meth:`set_progress` and :meth:`start_rollout`; then for each of its steps :meth:`act`, step the
    environment, :meth:`process_env_step`; and at the end :meth:`update`.
    """

    @property
    def policy(self) -> Policy:
        """The policy being trained."""
        ...

    def set_progress(self, progress: float) -> None:
        """Set what changes in the course of a training for a point of it, from 0 (start) to 1 (end)."""
        ...

    def start_rollout(self) -> None:
        """Start a new rollout where the last one ended, in place of it."""
        ...

    def act(self, obs: Observations) -> torch.Tensor:
        """Return actions [N, A] for observation groups [N, width], in a buffer that the next call overwrites."""
        ...

    def process_env_step(self, rewards: torch.Tensor, dones: torch.Tensor, extras: Mapping[str, Any]) -> None:
        """Record what the environment returned for the last actions: rewards [N], dones [N], extras."""
        ...

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout, which the observations follow."""
        ...

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results of the last update by tag, as 0-d tensors; "Loss/skipped_updates" is one of them.

        A "Loss/..." is NaN if it was not lowered once; "Faults/left_out_steps" counts steps of environments that were
        not finite, if the algorithm leaves such out.
        """
        ...

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last mini-batch that was skipped. Valid until the next rollout."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on, beside the policy."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        ...

    def forget(self) -> None:
        """Remember nothing of the robots any more: others come, or another policy."""
        ...
