"""An analytic environment of two skills: a point is to be driven to, or away from, a goal that a small image shows."""

from typing import Any

import torch
from tensordict import TensorDict

from rsl_rl.env import VecEnv

ROWS, COLS = 5, 7


class SkillEnv(VecEnv):
    """The position moves by 0.2 times the action, clipped to +-1.

    "state" holds position and goal, "felt" the position, "image" shows the goal above and the skill below, and "skill"
    says whether to approach or to flee. Episodes time out after 10 steps, and each draws goal and skill.
    """

    skills = ("none", "approach", "flee")

    def __init__(self, num_envs: int = 32, device: str = "cpu") -> None:
        self.num_envs, self.num_actions, self.device, self.cfg = num_envs, 1, device, None
        self.max_episode_length = 10
        self.episode_length_buf = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.position, self.goal = self._random(), self._random()
        self.flees = self._random() > 0.0
        self.told_of_first = 0.0
        self.layout = {
            "observations": {name: [name] for name in ("state", "felt", "image", "skill", "told")},
            "dt": 0.1,
        }

    def get_observations(self) -> TensorDict:
        image = torch.zeros(self.num_envs, ROWS, COLS, device=self.device)
        image[:, :3], image[:, 3:] = self.goal[:, None, None], self.flees[:, None, None].float()
        none = torch.zeros(self.num_envs, device=self.device)
        groups: dict[str, Any] = {
            "state": torch.stack((self.position, self.goal), dim=1),
            "felt": self.position[:, None].clone(),
            "image": image.flatten(1),
            "skill": torch.stack((none, (~self.flees).float(), self.flees.float()), dim=1),
            "told": self.goal[:, None].clone(),
        }
        groups["told"][0] += self.told_of_first
        return TensorDict(groups, batch_size=[self.num_envs])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        self.position = self.position + 0.2 * actions[:, 0].clamp(-1.0, 1.0)
        self.episode_length_buf += 1
        rewards = -(self.position - self.goal).abs()
        over = self.episode_length_buf >= self.max_episode_length
        self.position = torch.where(over, self._random(), self.position)
        self.goal = torch.where(over, self._random(), self.goal)
        self.flees = torch.where(over, self._random() > 0.0, self.flees)
        self.episode_length_buf.masked_fill_(over, 0)
        return self.get_observations(), rewards, over, {"time_outs": over, "log": {}}

    def _random(self) -> torch.Tensor:
        return torch.rand(self.num_envs, device=self.device) * 2.0 - 1.0


def train_cfg(**sections: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration for it; sections given are merged into those here."""
    cfg: dict[str, Any] = {
        "policy": {
            "class_name": "ActorCriticRecurrent",
            "rnn_hidden_size": 6,
            "actor_hidden_dims": [8],
            "critic_hidden_dims": [8],
        },
        "student": {
            "image_shape": [ROWS, COLS],
            "channels": [3],
            "kernel_sizes": [3],
            "strides": [2],
            "image_dim": 4,
            "rnn_hidden_size": 8,
            "hidden_dims": [8],
        },
        "distillation": {"learning_rate": 1e-2, "num_mini_batches": 2, "truncation_length": 5},
        "runner": {
            "num_steps_per_env": 10,
            "save_interval": 100,
            "max_iterations": 20,
            "sub_policy_paths": {"approach": "", "flee": ""},
        },
        "obs_groups": {"policy": ["state"], "skill": ["skill"], "student": ["felt", "image"]},
        "seed": 1,
    }
    for name, section in sections.items():
        cfg[name] = {**cfg[name], **section}
    return cfg
