"""A small policy with an estimator, and what trains it."""

from collections.abc import Callable
from typing import Any

import torch

from rsl_rl.algorithms import EstimatorPPO
from rsl_rl.modules import EstimatorActorCritic
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.distributed import Distributed

T, A = 6, 2
WIDTHS = {"felt": 3, "past": 4, "velocity": 3, "contact": 2, "critic": 5}
GROUPS = {"policy": ["past", "felt"], "critic": ["critic", "velocity"], "estimator": ["velocity", "contact"]}
TERMS = {
    "velocity": [{"name": "height", "width": 1, "scale": 5.0}, {"name": "speed", "width": 2, "scale": [2.0, 4.0]}],
    "contact": [{"name": "contact", "width": 2, "scale": 1}],
}
LAYOUT = {"observations": TERMS}


def make_policy(normalize: bool = True, **settings: Any) -> EstimatorActorCritic:
    """A policy with statistics unlike those of a fresh normalizer."""
    dims = {"actor_hidden_dims": [8], "critic_hidden_dims": [8], "estimator_hidden_dims": [7, 6]}
    policy = EstimatorActorCritic(WIDTHS, GROUPS, A, empirical_normalization=normalize, **{**dims, **settings})
    policy.update_normalization({name: group * 2.0 + 1.0 for name, group in random_obs(50).items()})
    return policy


def make_ppo(
    num_envs: int = 4,
    device: str = "cpu",
    distributed: Distributed | None = None,
    estimator: dict[str, Any] | None = None,
    **settings: Any,
) -> EstimatorPPO:
    """PPO and an estimator's training, one mini-batch an update each."""
    policy = make_policy().to(device)
    storage = RolloutStorage(T, num_envs, {name: WIDTHS[name] for name in policy.stored_groups}, A, device=device)
    settings = {"num_mini_batches": 1, "num_learning_epochs": 1, **settings}
    estimator = {"num_epochs": 1, "num_mini_batches": 1, **(estimator or {})}
    return EstimatorPPO(policy, storage, distributed, LAYOUT, estimator=estimator, **settings)


def random_obs(*leading: int, generator: torch.Generator | None = None) -> dict[str, torch.Tensor]:
    return {name: torch.randn(*leading, width, generator=generator) for name, width in WIDTHS.items()}


def roll(ppo: EstimatorPPO, spoil: Callable[[dict[str, torch.Tensor], int], None] = lambda obs, step: None) -> None:
    """Collect a random rollout; its observations can be spoiled step by step."""
    num_envs = ppo.storage.num_envs
    ppo.start_rollout()
    for step in range(T):
        obs = random_obs(num_envs)
        spoil(obs, step)
        ppo.act(obs)
        ppo.process_env_step(torch.randn(num_envs), torch.rand(num_envs) < 0.2, {})
