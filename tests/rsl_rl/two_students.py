"""Distillation in two processes, each with half of the environments. A module of its own, since they import it."""

import os
import socket
from pathlib import Path

import torch
import torch.distributed as dist
from torch import multiprocessing

from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl.small_student import T, make_distillation, random_obs

N = 8


def distill_from_fixed_data(distributed: Distributed, device: str = "cpu") -> dict[str, torch.Tensor]:
    """Do some updates on this process's share of the same data and return what was learned."""
    torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(distributed.rank)  # rank 0 has the weights of the single process, the others get them from it
    num_envs = N // distributed.world_size
    algorithm = make_distillation(num_envs, device, distributed, num_mini_batches=1, learning_rate=1e-3)
    algorithm.load_teacher({name: 1.1 * value for name, value in algorithm.teacher.state_dict().items()})
    generator = torch.Generator().manual_seed(42)
    share = slice(distributed.rank * num_envs, (distributed.rank + 1) * num_envs)
    for _ in range(3):
        algorithm.start_rollout()
        for _ in range(T):
            obs = random_obs(N, generator=generator)
            algorithm.act({name: group[share] for name, group in obs.items()})
            algorithm.process_env_step(torch.zeros(num_envs), torch.rand(N, generator=generator)[share] < 0.2, {})
        algorithm.update({})
    results = {**algorithm.policy.state_dict(), **algorithm.metrics()}
    return {name: value.detach().cpu().clone() for name, value in results.items()}


def work(rank: int, folder: str, port: int, devices: tuple[str, str], backend: str) -> None:
    """Learn, and save the results."""
    torch.set_num_threads(1)
    os.environ.update(
        WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    dist.init_process_group(backend)
    results = distill_from_fixed_data(Distributed.from_environment(devices[rank]), devices[rank])
    torch.save(results, f"{folder}/rank_{rank}.pt")
    dist.destroy_process_group()


def run_two(folder: Path, devices: tuple[str, str], backend: str) -> list[dict[str, torch.Tensor]]:
    """Start the processes and return the results of both."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    arguments = (str(folder), port, devices, backend)
    multiprocessing.start_processes(work, args=arguments, nprocs=2, start_method="spawn")
    return [torch.load(folder / f"rank_{rank}.pt", map_location="cpu") for rank in range(2)]
