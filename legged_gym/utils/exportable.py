"""Policies as exported files have them: tensors with fixed names alone go in and out."""

import copy

import torch
from torch import nn

from rsl_rl.modules import ActorCritic, Policy, StudentPolicy
from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import Observations

STATE_NAMES = ("h", "c")
"""Tensors of a hidden state: of a GRU the first, of an LSTM both."""


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


def acting_part(policy: Policy) -> Policy:
    """What a robot needs of a policy, sharing its modules."""
    return Actor(policy) if isinstance(policy, ActorCritic) else policy


def policy_outputs(policy: Policy, obs: Observations, state: State) -> tuple[dict[str, torch.Tensor], State]:
    """What a policy says of observation groups [N, width], and its next hidden state.

    Returns:
        `actions` [N, A], and of a student also its `belief`, the `decoded_heights` around its feet (m, relative to the
        foot) and the `gate` of its view [N, ...].
    """
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
        self.policy = copy.deepcopy(acting_part(policy)).cpu().eval().requires_grad_(False)
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


def hidden_state_shapes(policy: Policy) -> dict[str, list[int]]:
    """Shape of the hidden state of one robot by the names of an export's inputs."""
    state = acting_part(policy).initial_state(1)
    return {f"{name}_in": list(part.shape) for name, part in zip(STATE_NAMES, state, strict=False)}
