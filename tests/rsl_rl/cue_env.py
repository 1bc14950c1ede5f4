"""An analytic environment for a teacher and its student: drive a point to a goal that is shown but once."""

from typing import Any

import torch
from tensordict import TensorDict

from rsl_rl.env import VecEnv

NUM_FEET = 2


class CueEnv(VecEnv):
    """The position moves by 0.2 times the action, clipped to +-1; the reward is minus its distance from the goal.

    The group "proprioceptive" holds the position and, in the first step of an episode, the goal; "privileged" always
    holds the goal. "exteroceptive_clean" holds a height below each of two feet, a function of the position, and
    "exteroceptive" the same with noise. Episodes time out after 10 steps.
    """

    def __init__(self, num_envs: int = 32, device: str = "cpu") -> None:
        self.num_envs, self.num_actions, self.device, self.cfg = num_envs, 1, device, None
        self.max_episode_length = 10
        self.episode_length_buf = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.position, self.goal = self._random(), self._random()
        self.height_noise = torch.randn(num_envs, NUM_FEET, device=device)
        self.curriculum = (False, 0.0)
        self.lateness = 1.0
        self.asked_for: list[tuple[bool, float]] = []
        self.layout = {"obs_terms": {"proprioceptive": {"position": 1, "cue": 1}}, "dt": 0.1}

    def set_curriculum(self, flat_ground: bool, noise_factor: float, lateness: float) -> None:
        self.curriculum, self.lateness = (flat_ground, noise_factor), lateness
        self.asked_for.append(self.curriculum)

    def get_observations(self) -> TensorDict:
        flat_ground, noise_factor = self.curriculum
        cue = torch.where(self.episode_length_buf == 0, self.goal, 0.0)
        heights = self._heights() * (not flat_ground)
        time = self.episode_length_buf / self.max_episode_length
        groups = {
            "proprioceptive": torch.stack((self.position, cue), dim=1),
            "exteroceptive": heights + 0.3 * noise_factor * self.height_noise,
            "exteroceptive_clean": heights,
            "privileged": self.goal.unsqueeze(1),
            "critic": torch.stack((self.position, self.goal, time), dim=1),
        }
        return TensorDict(groups, batch_size=[self.num_envs])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        self.position = self.position + 0.2 * actions[:, 0].clamp(-1.0, 1.0)
        self.height_noise = torch.randn_like(self.height_noise)
        self.episode_length_buf += 1
        rewards = -(self.position - self.goal).abs()
        time_outs = self.episode_length_buf >= self.max_episode_length
        final = self.get_observations()
        self.position = torch.where(time_outs, self._random(), self.position)
        self.goal = torch.where(time_outs, self._random(), self.goal)
        self.episode_length_buf.masked_fill_(time_outs, 0)
        extras = {"time_outs": time_outs, "final_observations": final, "log": {"rew_distance": rewards.mean()}}
        return self.get_observations(), rewards, time_outs, extras

    def state_dict(self) -> dict[str, Any]:
        names = ("position", "goal", "height_noise", "episode_length_buf")
        return {"curriculum": list(self.curriculum), **{name: getattr(self, name).clone() for name in names}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.curriculum = (state["curriculum"][0], state["curriculum"][1])
        for name in ("position", "goal", "height_noise", "episode_length_buf"):
            getattr(self, name).copy_(state[name])

    def _heights(self) -> torch.Tensor:
        return torch.stack([torch.sin(3.0 * self.position + foot) for foot in range(NUM_FEET)], dim=1)

    def _random(self) -> torch.Tensor:
        return torch.rand(self.num_envs, device=self.device) * 2.0 - 1.0


class MirrorCueEnv(CueEnv):
    """Mirrored at 0, it is the same with its feet exchanged."""

    def mirrors(self) -> dict[str, tuple[list[int], list[float]]]:
        return {
            "proprioceptive": ([0, 1], [-1.0, -1.0]),
            "exteroceptive": ([1, 0], [1.0, 1.0]),
            "exteroceptive_clean": ([1, 0], [1.0, 1.0]),
            "privileged": ([0], [-1.0]),
            "critic": ([0, 1, 2], [-1.0, -1.0, 1.0]),
            "actions": ([0], [-1.0]),
        }

    def _heights(self) -> torch.Tensor:
        return torch.stack([torch.sin(side * 3.0 * self.position + 1.0) for side in (1.0, -1.0)], dim=1)


def train_cfg(stage: str, **sections: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration for it; sections given are merged into those here."""
    cfg: dict[str, Any] = {
        "policy": {
            "class_name": "TeacherActorCritic",
            "actor_hidden_dims": [16],
            "critic_hidden_dims": [16],
            "num_feet": NUM_FEET,
            "exteroceptive_dims": [4, 2],
            "privileged_dims": [8, 4],
        },
        "student": {"rnn_hidden_size": 16, "rnn_num_layers": 1, "gate_hidden_dims": [16], "decoder_hidden_dims": [16]},
        "algorithm": {"entropy_coef": 0.0, "learning_rate": 1e-2, "num_learning_epochs": 2},
        "distillation": {"learning_rate": 1e-2, "final_learning_rate": 2e-3, "num_mini_batches": 2},
        "student_curriculum": {
            "max_iterations": 10,
            "num_steps_per_env": 20,
            "flat_iterations": 1,
            "noise_start_iteration": 2,
            "noise_end_iteration": 6,
        },
        "teacher_curriculum": {},
        "runner": {"stage": stage, "num_steps_per_env": 10, "save_interval": 100, "empirical_normalization": True},
        "obs_groups": {
            "policy": ["proprioceptive", "exteroceptive_clean", "privileged"],
            "critic": ["critic"],
            "student": ["proprioceptive", "exteroceptive"],
        },
        "seed": 1,
    }
    for name, section in sections.items():
        cfg[name] = {**cfg[name], **section}
    return cfg
