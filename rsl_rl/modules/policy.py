"""What acting, exporting and playing need of a policy."""

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from torch import nn

from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import ObservationInput, Observations


class PolicyInference(NamedTuple):
    """What a policy does, and what it makes of its observations; None for what a policy of its kind does not tell."""

    actions: torch.Tensor
    """Actions without noise [N, A]."""

    estimate: torch.Tensor | None = None
    """Estimate of :attr:`Policy.estimate_targets` that the actions rest on [N, E], scaled as those are observed."""

    belief: torch.Tensor | None = None
    """A student's belief in the place of the teacher's exteroceptive and privileged codes [N, E + P']."""

    decoded_heights: torch.Tensor | None = None
    """A student's estimate of the true height samples around its feet [N, S], in the observation's unit (m)."""

    gate: torch.Tensor | None = None
    """How much of a student's present view enters its belief [N, E]: 0 nothing, 1 all."""

    decoded_privileged: torch.Tensor | None = None
    """A student's estimate of the teacher's privileged observations [N, P], in their units."""

    def told(self) -> dict[str, torch.Tensor]:
        """Return what is not None, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}


class Policy(nn.Module, ABC):
    """Maps observations and its hidden state to actions without noise, and the next hidden state.

    Nothing is kept between calls. A policy without memory has the empty tuple as its state.
    """

    actor_input: ObservationInput
    """The observation groups it acts on."""

    takes_unknown_heights: bool = False
    """Whether height samples that are not finite mean to it what a map does not know."""

    @property
    def estimate_targets(self) -> ObservationInput | None:
        """The observation groups that its estimate is of; None if it estimates nothing."""
        return None

    @abstractmethod
    def initial_state(self, num_envs: int) -> State:
        """Return the hidden state at the start of an episode."""

    @abstractmethod
    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        """Return all that the policy tells for groups [N, width], and the next hidden state."""

    def act_inference(self, obs: Observations, state: State = ()) -> tuple[torch.Tensor, State]:
        """Return the actions of :meth:`infer` alone [N, A], and the next hidden state.

        To be overridden where that is less work: student and teacher act so in training.
        """
        inference, state = self.infer(obs, state)
        return inference.actions, state

    def acting_part(self) -> "Policy":
        """Return what a robot needs of the policy, without a critic, sharing its modules."""
        return self
