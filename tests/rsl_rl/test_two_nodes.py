"""Students that learn on several nodes: two of them on this machine's loopback, with what torchrun tells each."""

import os
import socket
import subprocess
import sys

import torch

from tests.rsl_rl import two_nodes
from tests.rsl_rl.test_dagger import teachers  # noqa: F401 - a fixture


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_two_nodes_train_one_student_on_robots_of_their_own(teachers, tmp_path):  # noqa: F811
    for skill, path in teachers.items():
        (tmp_path / f"{skill}.pt").write_bytes(path.read_bytes())
    port = free_port()
    environment = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1", "WORLD_SIZE": "2",
        "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip
    nodes = [
        subprocess.Popen(
            [sys.executable, two_nodes.__file__, str(tmp_path)],
            env={**environment, "RANK": str(rank)}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for rank in range(2)
    ]  # fmt: skip
    try:
        for node in nodes:
            _, error = node.communicate(timeout=300)
            assert node.returncode == 0, error
    finally:
        for node in nodes:
            node.kill()
            node.wait()
    first, second = (torch.load(tmp_path / f"rank_{rank}.pt") for rank in range(2))
    assert first["size"] == second["size"] == 2
    assert torch.equal(first["weights"], second["weights"]) and torch.equal(first["teacher"], second["teacher"])
    assert not torch.equal(first["places"], second["places"])
