"""Two processes that train together. A module of its own, since they import it."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import start_processes

from rsl_rl.utils.distributed import Distributed
from tests.processes import CONTEXT

Task = Callable[[Distributed, str], Any]
"""What a process does, given its place among them and its device; a function of a module, with tensors to return."""


def work(rank: int, task: Task, folder: str, port: int, devices: tuple[str, str], backend: str) -> None:
    """Do the task in one of the processes, and save its results."""
    torch.set_num_threads(1)
    os.environ.update(
        WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK=str(rank), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    dist.init_process_group(backend)
    torch.save(task(Distributed.from_environment(devices[rank]), devices[rank]), f"{folder}/rank_{rank}.pt")
    dist.destroy_process_group()


def free_port() -> int:
    """Return a port of this machine's loopback that nobody uses."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def run_two(task: Task, folder: Path, devices: tuple[str, str], backend: str) -> list[Any]:
    """Start the processes and return the results of both."""
    arguments = (task, str(folder), free_port(), devices, backend)
    start_processes(work, args=arguments, nprocs=2, start_method=CONTEXT.get_start_method())
    return [torch.load(folder / f"rank_{rank}.pt", map_location="cpu") for rank in range(2)]
