"""A policy ready to act."""

import copy

import torch
from torch import nn

from rsl_rl.modules.memory import State, clear_state
from rsl_rl.modules.observation_input import ObservationInput, Observations
from rsl_rl.modules.policy import Policy, PolicyInference


class InferencePolicy(nn.Module):
    """A copy of a trained policy that acts without noise and keeps its own hidden state.

    Call it once each step, and :meth:`reset` after each step with the dones.
    """

    def __init__(self, policy: Policy, device: torch.device | str) -> None:
        """Copy the policy to a device; training does not change the copy."""
        super().__init__()
        self.policy = copy.deepcopy(policy).to(device).eval().requires_grad_(False)
        self.state: State = ()

    @torch.no_grad()
    def forward(self, obs: Observations) -> torch.Tensor:
        """Return the actions [N, A] for observation groups [N, width]."""
        actions, self.state = self.policy.act_inference(*self._inputs(obs))
        return actions

    @torch.no_grad()
    def infer(self, obs: Observations) -> PolicyInference:
        """Return, in the place of a call, the actions and all else that the policy tells."""
        inference, self.state = self.policy.infer(*self._inputs(obs))
        return inference

    @property
    def estimate_targets(self) -> ObservationInput | None:
        """The observation groups that the policy's estimate is of; None if it estimates nothing."""
        return self.policy.estimate_targets

    def reset(self, dones: torch.Tensor | None = None) -> None:
        """Forget the past of the environments that ended [N], or of all."""
        self.state = () if dones is None else clear_state(self.state, dones != 0)

    def _inputs(self, obs: Observations) -> tuple[Observations, State]:
        """Return the groups that the policy reads, and its state."""
        groups = {name: obs[name] for name in self.policy.actor_input.groups}
        num_envs = next(iter(groups.values())).shape[0]
        return groups, self.state or self.policy.initial_state(num_envs)
