"""Students that learn on several nodes: two of them on this machine's loopback."""

import torch

from tests.processes import CONTEXT
from tests.rsl_rl import two_nodes
from tests.rsl_rl.processes import free_port
from tests.rsl_rl.test_dagger import teachers  # noqa: F401 - a fixture


def test_two_nodes_train_one_student_on_robots_of_their_own(teachers, tmp_path):  # noqa: F811
    for skill, path in teachers.items():
        (tmp_path / f"{skill}.pt").write_bytes(path.read_bytes())
    port = free_port()
    nodes = [CONTEXT.Process(target=two_nodes.train, args=(rank, port, tmp_path)) for rank in range(2)]
    for node in nodes:
        node.start()
    try:
        for node in nodes:
            node.join(300)
            assert node.exitcode == 0
    finally:
        for node in nodes:
            node.kill()
            node.join()
    first, second = (torch.load(tmp_path / f"rank_{rank}.pt") for rank in range(2))
    assert first["size"] == second["size"] == 2
    assert torch.equal(first["weights"], second["weights"]) and torch.equal(first["teacher"], second["teacher"])
    assert not torch.equal(first["places"], second["places"])
