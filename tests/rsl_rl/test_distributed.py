"""Two processes, each with half of the samples, have to learn what one learns from all."""

import os
import socket

import pytest
import torch
import torch.distributed as dist
from torch import multiprocessing

from rsl_rl.algorithms import PPO
from rsl_rl.modules import ActorCritic
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl.point_env import PointEnv, train_cfg

T, N, A, D = 5, 8, 2, 3


def update_on_fixed_data(distributed: Distributed) -> dict[str, torch.Tensor]:
    """Do two updates on this process's share of the same data and return what was learned."""
    torch.manual_seed(distributed.rank)  # rank 0 has the weights of the single process, the others get them from it
    policy = ActorCritic(
        {"policy": D}, {"policy": ["policy"], "critic": ["policy"]}, A,
        actor_hidden_dims=[8], critic_hidden_dims=[8], empirical_normalization=True,
    )  # fmt: skip
    num_envs = N // distributed.world_size
    storage = RolloutStorage(T, num_envs, {"policy": D}, A)
    ppo = PPO(policy, storage, distributed, num_mini_batches=1, num_learning_epochs=4, desired_kl=0.003)
    generator = torch.Generator().manual_seed(42)
    share = slice(distributed.rank * num_envs, (distributed.rank + 1) * num_envs)
    for _ in range(2):
        ppo.start_rollout()
        for _ in range(T):
            obs = torch.randn(N, D, generator=generator)[share] * 3.0 + 1.0
            actions = torch.randn(N, A, generator=generator)[share]
            rewards = (torch.randn(N, generator=generator) * 2.0 + torch.arange(N))[share]
            now = storage.current
            ppo.act({"policy": obs})
            now.actions.copy_(actions)
            now.log_prob.copy_(torch.distributions.Normal(now.mean, now.std).log_prob(actions).sum(-1))
            ppo.process_env_step(rewards, torch.zeros(num_envs), {})
        ppo.update({"policy": torch.randn(N, D, generator=generator)[share]})
    results = {name: value.detach().clone() for name, value in policy.state_dict().items()}
    return {**results, **{name: value.detach().clone() for name, value in ppo.metrics().items()}}


def train(folder: str, rank: int) -> dict[str, torch.Tensor]:
    """Train with the runner. Only the last process asks to stop, and both have to."""

    class Stopping(PointEnv):
        def step(self, actions):
            if rank == 1:
                runner.request_stop()
            return super().step(actions)

    runner = OnPolicyRunner(Stopping(8), train_cfg(), f"{folder}/run")
    noise = torch.rand(4)
    runner.learn(50)
    assert runner.iteration == 1
    dist.barrier()  # rank 0 has saved
    runner.load(f"{folder}/run/model_1.pt")
    return {**runner.policy.state_dict(), "noise": noise, "noise_after_loading": torch.rand(4)}


def work(rank: int, folder: str, port: int) -> None:
    torch.set_num_threads(1)
    os.environ.update(
        WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    distributed = Distributed.from_environment("cpu")
    torch.save((update_on_fixed_data(distributed), train(folder, rank)), f"{folder}/rank_{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("distributed")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    multiprocessing.start_processes(work, args=(str(path), port), nprocs=2, start_method="spawn")
    return path


def test_two_processes_learn_what_one_learns_from_all(folder):
    single = update_on_fixed_data(Distributed())
    for rank in range(2):
        result = torch.load(folder / f"rank_{rank}.pt")[0]
        for name, value in single.items():
            torch.testing.assert_close(result[name], value, atol=1e-5, rtol=1e-5, msg=f"{rank} {name}")


def test_runner_trains_one_policy_with_different_noise_and_saves_once(folder):
    first, second = (torch.load(folder / f"rank_{rank}.pt")[1] for rank in range(2))
    for name in first.keys() - {"noise", "noise_after_loading"}:
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0, msg=name)
    assert (first["noise"] != second["noise"]).all()
    assert (first["noise_after_loading"] != second["noise_after_loading"]).all()
    assert [path.name for path in (folder / "run").glob("*.pt")] == ["model_1.pt"]
    assert len(list((folder / "run").glob("events*"))) == 1
