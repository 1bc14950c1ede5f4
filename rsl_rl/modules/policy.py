"""What acting, exporting and playing need of a policy."""

from abc import ABC, abstractmethod

import torch
from torch import nn

from rsl_rl.modules.memory import State
from rsl_rl.modules.observation_input import ObservationInput, Observations


class Policy(nn.Module, ABC):
    """Maps observations and its hidden state to actions without noise, and the next hidden state.

    Nothing is kept between calls. A policy without memory has the empty tuple as its state.
    """

    actor_input: ObservationInput
    """The observation groups it acts on."""

    @abstractmethod
    def initial_state(self, num_envs: int) -> State:
        """Return the hidden state at the start of an episode."""

    @abstractmethod
    def act_inference(self, obs: Observations, state: State = ()) -> tuple[torch.Tensor, State]:
        """Return the actions without noise [N, A] for groups [N, width], and the next hidden state."""
