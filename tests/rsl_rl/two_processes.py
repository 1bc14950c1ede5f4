"""Work for two processes, each with half of the samples. A module of its own, since they import it."""

from functools import partial
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl import processes
from tests.rsl_rl.point_env import PointEnv, train_cfg

T, N, A, D = 5, 8, 2, 3


def update_on_fixed_data(distributed: Distributed, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Do some updates on this process's share of the same data and return what was learned."""
    torch.manual_seed(distributed.rank)  # rank 0 has the weights of the single process, the others get them from it
    settings = {"actor_hidden_dims": [8], "critic_hidden_dims": [8], "empirical_normalization": True}
    policy = ActorCritic({"policy": D}, {"policy": ["policy"], "critic": ["policy"]}, A, **settings).to(device)
    num_envs = N // distributed.world_size
    storage = RolloutStorage(T, num_envs, {"policy": D}, A, device=device)
    ppo = PPO(policy, storage, distributed, num_mini_batches=1, num_learning_epochs=4, desired_kl=0.003)
    generator = torch.Generator().manual_seed(42)
    share = slice(distributed.rank * num_envs, (distributed.rank + 1) * num_envs)
    for _ in range(3):
        ppo.start_rollout()
        for _ in range(T):
            obs = torch.randn(N, D, generator=generator)[share] * 3.0 + 1.0
            actions = torch.randn(N, A, generator=generator)[share].to(device)
            rewards = (torch.randn(N, generator=generator) * 2.0 + torch.arange(N))[share]
            now = storage.current
            ppo.act({"policy": obs})
            now.actions.copy_(actions)
            now.log_prob.copy_(torch.distributions.Normal(now.mean, now.std).log_prob(actions).sum(-1))
            ppo.process_env_step(rewards, torch.zeros(num_envs), {})
        ppo.update({"policy": torch.randn(N, D, generator=generator)[share]})
    results = {**policy.state_dict(), **ppo.metrics()}
    return {name: value.detach().cpu().clone() for name, value in results.items()}


def train(folder: str, rank: int, device: str) -> dict[str, torch.Tensor]:
    """Train with the runner. Only the last process asks to stop, and both have to."""

    class Stopping(PointEnv):
        def step(self, actions):
            if rank == 1:
                runner.request_stop()
            return super().step(actions)

    runner = OnPolicyRunner(Stopping(8, device), train_cfg(), f"{folder}/run", device)
    with pytest.raises(ConfigError, match=r"process 1 has other settings than process 0: b\.c is 1, not 0; start all"):
        runner.distributed.require_same({"a": [1], "b": {"c": rank}})
    noise = torch.rand(4)
    runner.learn(50)
    assert runner.iteration == 1
    dist.barrier()  # rank 0 has saved
    runner.load(f"{folder}/run/model_1.pt")
    return {**runner.policy.state_dict(), "noise": noise, "noise_after_loading": torch.rand(4)}


def update_and_train(distributed: Distributed, device: str, folder: str) -> tuple[dict, dict]:
    """Do both tasks."""
    return update_on_fixed_data(distributed, device), train(folder, distributed.rank, device)


def run_two(folder: Path, devices: tuple[str, str], backend: str) -> list[tuple[dict, dict]]:
    """Start the processes and return the results of both."""
    return processes.run_two(partial(update_and_train, folder=str(folder)), folder, devices, backend)
