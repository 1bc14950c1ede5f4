"""An analytic environment for a policy with an estimator: push against a force that is seen only in disguise."""

from typing import Any

import torch
from tensordict import TensorDict

from rsl_rl.env import VecEnv

EPISODE_LENGTH = 4


class ProductEnv(VecEnv):
    """The force is the product of two observed numbers; the reward is minus the square of what the action misses it by.

    The group "policy" holds the numbers, "targets" twice the force and the size of the first number, "critic"
    both and the time. Numbers stay for an episode of 4 steps; environments are reset one after the other.
    """

    def __init__(self, num_envs: int = 64, device: str = "cpu") -> None:
        self.num_envs, self.num_actions, self.device, self.cfg = num_envs, 1, device, None
        self.max_episode_length = EPISODE_LENGTH
        self.episode_length_buf = torch.arange(num_envs, device=device) % EPISODE_LENGTH
        self.numbers = self._draw()
        terms = [{"name": "force", "width": 1, "scale": 2.0}, {"name": "size", "width": 1, "scale": 1}]
        self.layout = {"observations": {"targets": terms}}

    @property
    def force(self) -> torch.Tensor:
        return self.numbers.prod(dim=1)

    def get_observations(self) -> TensorDict:
        targets = torch.stack((2.0 * self.force, self.numbers[:, 0].abs()), dim=1)
        time = self.episode_length_buf.unsqueeze(1) / EPISODE_LENGTH
        groups = {"policy": self.numbers, "targets": targets, "critic": torch.cat((targets, time), dim=1)}
        return TensorDict({name: group.clone() for name, group in groups.items()}, batch_size=[self.num_envs])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        rewards = -(actions[:, 0] - self.force).square()
        self.episode_length_buf += 1
        time_outs = self.episode_length_buf >= EPISODE_LENGTH
        final = self.get_observations()
        self.numbers = torch.where(time_outs.unsqueeze(1), self._draw(), self.numbers)
        self.episode_length_buf.masked_fill_(time_outs, 0)
        return self.get_observations(), rewards, time_outs, {"time_outs": time_outs, "final_observations": final}

    def state_dict(self) -> dict[str, Any]:
        return {"numbers": self.numbers, "steps": self.episode_length_buf}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.numbers = state["numbers"].clone()
        self.episode_length_buf.copy_(state["steps"])

    def _draw(self) -> torch.Tensor:
        return torch.rand(self.num_envs, 2, device=self.device) * 3.0 - 1.5


def train_cfg(**sections: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration for it, with a linear actor; sections given are merged into those here."""
    cfg: dict[str, Any] = {
        "policy": {
            "class_name": "EstimatorActorCritic",
            "actor_hidden_dims": [],
            "critic_hidden_dims": [16],
            "estimator_hidden_dims": [32, 16],
        },
        "algorithm": {
            "class_name": "EstimatorPPO",
            "entropy_coef": 0.0,
            "learning_rate": 1e-2,
            "num_learning_epochs": 2,
            "estimator": {"learning_rate": 1e-2, "final_learning_rate": 1e-3, "decay_iterations": 40},
        },
        "runner": {"num_steps_per_env": 10, "save_interval": 100, "empirical_normalization": True},
        "obs_groups": {"policy": ["policy"], "critic": ["critic"], "estimator": ["targets"]},
        "seed": 1,
    }
    for name, section in sections.items():
        cfg[name] = {**cfg[name], **section}
    return cfg
