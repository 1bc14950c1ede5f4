"""Policies as exported files have them: tensors with fixed names alone go in and out."""

import copy
from typing import TypeVar

import torch
from torch import nn

from rsl_rl.modules import EstimatorActorCritic, Policy
from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import Observations

STATE_NAMES = ("h", "c")
"""Tensors of a hidden state: of a GRU the first, of an LSTM both."""
OUTPUT_NAMES = ("actions", "estimate", "belief", "decoded_heights", "gate")
"""What an export tells of a `PolicyInference`, where the policy does."""

PolicyType = TypeVar("PolicyType", bound=Policy)


def policy_outputs(policy: Policy, obs: Observations, state: State) -> tuple[dict[str, torch.Tensor], State]:
    """What a policy says of observation groups [N, width], and its next hidden state.

    Returns:
        `actions` [N, A], and those of `OUTPUT_NAMES` that a policy of its kind tells, see `PolicyInference`.
    """
    inference, state = policy.infer(obs, state)
    return {name: value for name, value in inference.told().items() if name in OUTPUT_NAMES}, state


class ExportablePolicy(nn.Module):
    """A copy of the acting part of a policy, on the CPU: (obs, *state) -> (actions, ..., *next state)."""

    def __init__(self, policy: Policy) -> None:
        """Copy the policy and find out its names and shapes."""
        super().__init__()
        self.policy = _copy(policy.acting_part())
        obs, *state = self.example_inputs()
        outputs, _ = policy_outputs(self.policy, self._groups(obs), tuple(state))
        self.output_names = tuple(outputs)

    def forward(self, obs: torch.Tensor, *state: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Outputs [N, ...] and next hidden state (tensors [L, N, H]) for observations [N, O] and hidden state."""
        outputs, next_state = policy_outputs(self.policy, self._groups(obs), state)
        return (*outputs.values(), *next_state)

    def example_inputs(self) -> tuple[torch.Tensor, ...]:
        """Observations and state of two environments, at an episode's start."""
        return (torch.zeros(2, self.policy.actor_input.dim), *self.policy.initial_state(2))

    def _groups(self, obs: torch.Tensor) -> dict[str, torch.Tensor]:
        inputs = self.policy.actor_input
        return dict(zip(inputs.groups, obs.split(inputs.widths, dim=-1), strict=True))


class ExportableEstimator(nn.Module):
    """The first half of a policy with an estimator, a copy on the CPU: obs -> estimate."""

    def __init__(self, policy: EstimatorActorCritic) -> None:
        """Copy the half with its normalizer."""
        super().__init__()
        policy = _copy(policy)
        self.width = policy.actor_input.dim
        self.normalizer, self.estimator = policy.actor_input.normalizer, policy.actor.estimator

    def forward(self, obs: torch.Tensor) -> tuple[torch.Tensor]:
        """Estimate [N, E] for observations [N, O]."""
        return (self.estimator(self.normalizer(obs)),)

    def example_inputs(self) -> tuple[torch.Tensor]:
        """Observations of two environments."""
        return (torch.zeros(2, self.width),)


class ExportableActor(nn.Module):
    """The second half of a policy with an estimator, a copy on the CPU: [obs, estimate] -> actions."""

    def __init__(self, policy: EstimatorActorCritic) -> None:
        """Copy the half with its normalizer."""
        super().__init__()
        policy = _copy(policy)
        self.widths = (policy.actor_input.dim, policy.actor.target_dim)
        self.normalizer, self.trunk = policy.actor_input.normalizer, policy.actor.trunk

    def forward(self, obs_estimate: torch.Tensor) -> tuple[torch.Tensor]:
        """Actions [N, A] for observations and estimate side by side [N, O + E]."""
        obs, estimate = obs_estimate.split(self.widths, dim=-1)
        return (self.trunk(torch.cat((self.normalizer(obs), estimate), dim=-1)),)

    def example_inputs(self) -> tuple[torch.Tensor]:
        """Observations and estimates of two environments."""
        return (torch.zeros(2, sum(self.widths)),)


def _copy(policy: PolicyType) -> PolicyType:
    """A copy on the CPU that is not to be trained."""
    return copy.deepcopy(policy).cpu().eval().requires_grad_(False)
