"""A GPU's memory that the isaacgym engine shares with its worker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from legged_gym.sim.isaacgym import worker_process
from legged_gym.sim.isaacgym.shared_memory import SharedTensors
from tests.pythonpath import extended

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")]

OTHER_SIDE = """
import json, sys
import torch
import cuda_memory
torch.zeros(1, device="cuda:0")
state = json.loads(sys.argv[1])
block = cuda_memory.opened(state["handle"])
tensors = {name: torch.as_tensor(block.view(*place), device="cuda:0") for name, place in state["places"].items()}
assert tensors["a"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]], tensors["a"]
tensors["a"].mul_(2.0)
tensors["mask"].fill_(7)
torch.cuda.synchronize()
"""


def test_another_process_reads_and_writes_it():
    device = torch.device("cuda:0")
    shared = SharedTensors({"a": ("<f4", (2, 3)), "mask": ("|u1", (5,))}, device)
    first, mask = shared.tensors["a"], shared.tensors["mask"]
    assert (first.dtype, mask.dtype, first.device) == (torch.float32, torch.uint8, device)
    assert not first.any() and not mask.any()
    first.copy_(torch.arange(6.0, device=device).view(2, 3))
    torch.cuda.synchronize()
    folder = Path(worker_process.__file__).with_name("worker")
    command = [sys.executable, "-c", OTHER_SIDE, json.dumps(shared.description())]
    subprocess.run(command, check=True, timeout=120, env=os.environ | {"PYTHONPATH": extended(folder)})
    assert first.tolist() == [[0.0, 2.0, 4.0], [6.0, 8.0, 10.0]] and mask.tolist() == [7] * 5
    description = shared.description()
    del shared
    first.add_(1.0)  # tensors keep the memory
    assert first[1, 2].item() == 11.0 and description["places"]["mask"][2] >= 24
