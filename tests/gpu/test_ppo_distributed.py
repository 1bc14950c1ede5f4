"""With several processes, gradients are exchanged between two graphs."""

import pytest
import torch

from rsl_rl.utils.distributed import Distributed
from tests.rsl_rl.two_processes import run_two, update_on_fixed_data

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

two_gpus = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")


@pytest.mark.parametrize(
    ("devices", "backend"),
    [(("cuda:0", "cuda:0"), "gloo"), pytest.param(("cuda:0", "cuda:1"), "nccl", marks=two_gpus)],
)
def test_two_processes_learn_what_one_learns_from_all(tmp_path, devices, backend):
    torch.set_float32_matmul_precision("highest")
    results = run_two(tmp_path, devices, backend)
    single = update_on_fixed_data(Distributed(), "cuda:0")
    for rank, (result, _) in enumerate(results):
        for name, value in single.items():
            torch.testing.assert_close(result[name], value, atol=1e-5, rtol=1e-4, msg=f"{rank} {name}")
    first, second = (trained for _, trained in results)
    for name in first.keys() - {"noise", "noise_after_loading"}:
        torch.testing.assert_close(first[name], second[name], rtol=0, atol=0, msg=name)
