"""An analytic environment: drive a point on a line to the origin."""

from typing import Any

import torch
from tensordict import TensorDict

from rsl_rl.env import VecEnv


class PointEnv(VecEnv):
    """The position moves by 0.2 times the action, clipped to +-1; the reward is minus its distance from 0.

    The group "policy" holds the position, "critic" also the time. Episodes time out after 20 steps.
    """

    def __init__(self, num_envs: int = 64, device: str = "cpu") -> None:
        self.num_envs, self.num_actions, self.device, self.cfg = num_envs, 1, device, None
        self.max_episode_length = 20
        self.episode_length_buf = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.position = self._random_position()
        self.layout = {"obs_terms": {"policy": {"position": 1}}, "dt": 0.1}

    def get_observations(self) -> TensorDict:
        time = self.episode_length_buf / self.max_episode_length
        groups = {"policy": self.position.unsqueeze(1), "critic": torch.stack((self.position, time), dim=1)}
        return TensorDict(groups, batch_size=[self.num_envs])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        self.position = self.position + 0.2 * actions[:, 0].clamp(-1.0, 1.0)
        self.episode_length_buf += 1
        rewards = -self.position.abs()
        time_outs = self.episode_length_buf >= self.max_episode_length
        final = self.get_observations()
        self.position = torch.where(time_outs, self._random_position(), self.position)
        self.episode_length_buf.masked_fill_(time_outs, 0)
        log = {
            "rew_distance": rewards.mean(),
            "Terrain/level": 2.0,
            "absent": torch.full((), torch.nan, device=self.device),
        }
        extras = {"time_outs": time_outs, "final_observations": final, "log": log}
        return self.get_observations(), rewards, time_outs, extras

    def state_dict(self) -> dict[str, Any]:
        return {"position": self.position, "steps": self.episode_length_buf}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.position = state["position"].clone()
        self.episode_length_buf.copy_(state["steps"])

    def _random_position(self) -> torch.Tensor:
        return torch.rand(self.num_envs, device=self.device) * 2.0 - 1.0


def train_cfg(policy_class: str = "ActorCritic", **sections: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration for it; sections given are merged into those here."""
    memory = {"rnn_type": "gru", "rnn_hidden_size": 8} if policy_class == "ActorCriticRecurrent" else {}
    cfg: dict[str, Any] = {
        "policy": {"class_name": policy_class, "actor_hidden_dims": [16], "critic_hidden_dims": [16], **memory},
        "algorithm": {"class_name": "PPO", "entropy_coef": 0.0, "learning_rate": 1e-2, "num_learning_epochs": 2},
        "runner": {"num_steps_per_env": 8, "save_interval": 100, "empirical_normalization": True},
        "obs_groups": {"policy": ["policy"], "critic": ["critic"]},
        "seed": 1,
    }
    for name, section in sections.items():
        cfg[name] = {**cfg[name], **section}
    return cfg
