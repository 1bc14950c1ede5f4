"""A policy ready to act."""

import copy

import torch
from torch import nn

from rsl_rl.modules.estimator_actor_critic import EstimatorActorCritic
from rsl_rl.modules.memory import State, clear_state
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.policy import Policy
from rsl_rl.modules.student import Perception, StudentPolicy


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
    def perceive(self, obs: Observations) -> Perception:
        """Return, in the place of a call, a student's actions and what it believes."""
        assert isinstance(self.policy, StudentPolicy)
        perception, self.state = self.policy.perceive(*self._inputs(obs))
        return perception

    @torch.no_grad()
    def estimate(self, obs: Observations) -> torch.Tensor:
        """Return what a policy with an estimator takes for true [N, E], scaled as its targets are, without acting."""
        assert isinstance(self.policy, EstimatorActorCritic)
        return self.policy.estimate(obs)

    def reset(self, dones: torch.Tensor | None = None) -> None:
        """Forget the past of the environments that ended [N], or of all."""
        self.state = () if dones is None else clear_state(self.state, dones != 0)

    def _inputs(self, obs: Observations) -> tuple[Observations, State]:
        """Return the groups that the policy reads, and its state."""
        groups = {name: obs[name] for name in self.policy.actor_input.groups}
        num_envs = next(iter(groups.values())).shape[0]
        return groups, self.state or self.policy.initial_state(num_envs)
