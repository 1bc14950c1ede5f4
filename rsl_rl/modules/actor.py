"""The acting half of an actor-critic."""

import torch
from torch import nn

from rsl_rl.modules.memory import Memory, State
from rsl_rl.modules.observation_input import ObservationInput, Observations
from rsl_rl.modules.policy import Policy, PolicyInference


class Actor(Policy):
    """Observation groups -> memory, if any -> network: what a robot needs of an actor-critic."""

    def __init__(self, actor_input: ObservationInput, memory: Memory, actor: nn.Module) -> None:
        """Share modules.

        Args:
            actor_input: The observation groups it acts on.
            memory: Takes their concatenation.
            actor: Makes the actions [N, A] of the memory's output.
        """
        super().__init__()
        self.actor_input = actor_input
        self.memory = memory
        self.actor = actor

    def initial_state(self, num_envs: int) -> State:
        return self.memory.initial_state(num_envs)

    def infer(self, obs: Observations, state: State = ()) -> tuple[PolicyInference, State]:
        features, state = self.memory.step(self.actor_input(obs), state)
        return self._infer(features), state

    def _infer(self, features: torch.Tensor) -> PolicyInference:
        """Return what the network tells for the memory's output [N, H]."""
        return PolicyInference(self.actor(features))
