"""PPO in the manner of rsl_rl's first version: actor and critic, eager, a step size by the policy's change."""

import torch
from torch import nn

GAMMA, LAMBDA, CLIP, KL, ENTROPY = 0.99, 0.95, 0.2, 0.01, 0.01
EPOCHS, BATCHES = 5, 4
LEAST_SPREAD = 0.05
"""Of actions: a step of Adam could take the spread below zero."""


def perceptron(sizes: list[int]) -> nn.Sequential:
    """Layers with ELU between them."""
    layers: list[nn.Module] = []
    for width, following in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(width, following), nn.ELU()]
    return nn.Sequential(*layers[:-1])


class ActorCritic(nn.Module):
    """A Gaussian policy of one spread for all states, and a value."""

    def __init__(self, num_obs: int, num_actions: int, hidden: list[int], spread: float) -> None:
        """Two perceptrons with as many hidden units."""
        super().__init__()
        self.actor = perceptron([num_obs, *hidden, num_actions])
        self.critic = perceptron([num_obs, *hidden, 1])
        self.std = nn.Parameter(torch.full((num_actions,), spread))

    def distribution(self, obs: torch.Tensor) -> torch.distributions.Normal:
        """Of actions [N, A]; not checked, which would wait for the GPU."""
        return torch.distributions.Normal(self.actor(obs), self.std.clamp(min=LEAST_SPREAD), validate_args=False)


class Rollout:
    """What T steps of N robots gave."""

    def __init__(self, steps: int, robots: int, num_obs: int, num_actions: int, device: str) -> None:
        """Room for it."""
        widths = {"obs": num_obs, "actions": num_actions, "means": num_actions, "stds": num_actions, "values": 1}
        widths |= {"likelihoods": 1, "rewards": 1, "dones": 1, "returns": 1, "advantages": 1}
        self.parts = {name: torch.zeros(steps, robots, width, device=device) for name, width in widths.items()}

    def put(self, step: int, **parts: torch.Tensor) -> None:
        """Keep a step."""
        for name, value in parts.items():
            self.parts[name][step] = value.view(self.parts[name].shape[1:])

    def finish(self, last_values: torch.Tensor) -> None:
        """Returns and advantages of all steps, by the values of the states after the last one [N, 1]."""
        parts, advantage, following = self.parts, torch.zeros_like(last_values), last_values
        for step in reversed(range(len(parts["rewards"]))):
            alive = 1.0 - parts["dones"][step]
            error = parts["rewards"][step] + GAMMA * alive * following - parts["values"][step]
            advantage = error + GAMMA * LAMBDA * alive * advantage
            following = parts["values"][step]
            parts["returns"][step] = advantage + following
        advantages = parts["returns"] - parts["values"]
        parts["advantages"].copy_((advantages - advantages.mean()) / (advantages.std() + 1e-8))


class PPO:
    """Learns from rollouts."""

    def __init__(self, policy: ActorCritic) -> None:
        """Train `policy`."""
        self.policy, self.rate = policy, 1e-3
        self.optimizer = torch.optim.Adam(policy.parameters(), lr=self.rate)

    def update(self, rollout: Rollout) -> None:
        """Some epochs over a rollout."""
        flat = {name: part.flatten(0, 1) for name, part in rollout.parts.items()}
        count = len(flat["obs"])
        for _ in range(EPOCHS):
            for rows in torch.randperm(count, device=flat["obs"].device).chunk(BATCHES):
                self._step({name: part[rows] for name, part in flat.items()})

    def _step(self, batch: dict[str, torch.Tensor]) -> None:
        distribution = self.policy.distribution(batch["obs"])
        likelihood = distribution.log_prob(batch["actions"]).sum(dim=-1, keepdim=True)
        values = self.policy.critic(batch["obs"])
        with torch.inference_mode():
            before = torch.distributions.Normal(batch["means"], batch["stds"], validate_args=False)
            self._adapt(float(torch.distributions.kl_divergence(before, distribution).sum(dim=-1).mean()))
        ratio = torch.exp(likelihood - batch["likelihoods"])
        limited = ratio.clamp(1.0 - CLIP, 1.0 + CLIP)
        surrogate = -torch.min(ratio * batch["advantages"], limited * batch["advantages"]).mean()
        close = batch["values"] + (values - batch["values"]).clamp(-CLIP, CLIP)
        value = torch.max((values - batch["returns"]).square(), (close - batch["returns"]).square()).mean()
        loss = surrogate + value - ENTROPY * distribution.entropy().sum(dim=-1).mean()
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.policy.parameters(), 1.0)
        self.optimizer.step()

    def _adapt(self, change: float) -> None:
        if change > 2.0 * KL:
            self.rate = max(1e-5, self.rate / 1.5)
        elif 0.0 < change < 0.5 * KL:
            self.rate = min(1e-2, self.rate * 1.5)
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate
