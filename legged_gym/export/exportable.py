"""Policies as exported files have them: tensors with fixed names alone go in and out."""

import copy
from typing import TypeVar

import torch
from torch import nn

from rsl_rl.modules import ActorCritic, EstimatingActor, EstimatorActorCritic, Policy, StudentPolicy
from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import Observations

STATE_NAMES = ("h", "c")
"""Tensors of a hidden state: of a GRU the first, of an LSTM both."""

PolicyType = TypeVar("PolicyType", bound=Policy)


class Actor(Policy):
    """An actor-critic without its critic."""

    def __init__(self, policy: ActorCritic) -> None:
        """Share the actor's modules."""
        super().__init__()
        self.actor_input = policy.actor_input
        self.memory = policy.actor_memory
        self.actor = policy.actor

    def initial_state(self, num_envs: int) -> State:
        return self.memory.initial_state(num_envs)

    def act_inference(self, obs: Observations, state: State = ()) -> tuple[torch.Tensor, State]:
        features, state = self.memory.step(self.actor_input(obs), state)
        return self.actor(features), state


class ActorWithEstimator(Actor):
    """An actor-critic with an estimator, without its critic."""

    actor: EstimatingActor

    def __init__(self, policy: EstimatorActorCritic) -> None:
        """Share the actor's modules."""
        super().__init__(policy)

    def act_and_estimate(self, obs: Observations) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions [N, A] for groups [N, width], and the estimate [N, E] that they rest on."""
        return self.actor.act_and_estimate(self.actor_input(obs))


def acting_part(policy: Policy) -> Policy:
    """What a robot needs of a policy, sharing its modules."""
    if isinstance(policy, EstimatorActorCritic):
        return ActorWithEstimator(policy)
    return Actor(policy) if isinstance(policy, ActorCritic) else policy


def policy_outputs(policy: Policy, obs: Observations, state: State) -> tuple[dict[str, torch.Tensor], State]:
    """What a policy says of observation groups [N, width], and its next hidden state.

    Returns:
        `actions` [N, A]; of a policy with an estimator also the `estimate` that they rest on [N, E], scaled as its
        targets are observed; of a student also its `belief`, the `decoded_heights` around its feet (m, relative to the
        foot) and the `gate` of its view [N, ...].
    """
    if isinstance(policy, EstimatorActorCritic | ActorWithEstimator):
        actions, estimate = policy.act_and_estimate(obs)
        return {"actions": actions, "estimate": estimate}, state
    if isinstance(policy, StudentPolicy):
        says, state = policy.perceive(obs, state)
        outputs = {"actions": says.actions, "belief": says.belief, "decoded_heights": says.heights, "gate": says.gate}
        return outputs, state
    actions, state = policy.act_inference(obs, state)
    return {"actions": actions}, state


class ExportablePolicy(nn.Module):
    """A copy of the acting part of a policy, on the CPU: (obs, *state) -> (actions, ..., *next state)."""

    def __init__(self, policy: Policy) -> None:
        """Copy the policy and find out its names and shapes."""
        super().__init__()
        self.policy = _copy(acting_part(policy))
        obs, *state = self.example_inputs()
        outputs, _ = policy_outputs(self.policy, self._groups(obs), tuple(state))
        self.output_names = tuple(outputs)
        self.state_names = STATE_NAMES[: len(state)]

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


def hidden_state_shapes(policy: Policy) -> dict[str, list[int]]:
    """Shape of the hidden state of one robot by the names of an export's inputs."""
    state = acting_part(policy).initial_state(1)
    return {f"{name}_in": list(part.shape) for name, part in zip(STATE_NAMES, state, strict=False)}
