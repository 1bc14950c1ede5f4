"""On CUDA a step of a GRU is torch's fused cell: outputs and gradients have to be those of the formulas on a CPU."""

import pytest
import torch

from rsl_rl.modules.gru_layer import unroll_gru_layer

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

T, N, D, H = 9, 33, 7, 20


def test_a_fused_step_is_the_formulas_of_a_gru() -> None:
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")
    ended = torch.rand(T, N) < 0.2
    shapes = ((T, N, D), (N, H), (3 * H, D), (3 * H, H), (3 * H,), (3 * H,))
    inputs = [torch.randn(shape) / shape[-1] ** 0.5 for shape in shapes]
    results = []
    for device in ("cpu", "cuda"):
        leaves = [tensor.to(device).requires_grad_() for tensor in inputs]
        x, hidden, *weights = leaves
        outputs, last = unroll_gru_layer(x, ended.to(device), hidden, weights)
        loss = (outputs * torch.linspace(-1.0, 1.0, outputs.numel(), device=device).view_as(outputs)).sum()
        gradients = torch.autograd.grad(loss + last.square().sum(), leaves)
        results.append([each.cpu() for each in (outputs, last, *gradients)])
    for ours, fused in zip(*results, strict=True):
        torch.testing.assert_close(fused, ours, atol=1e-5, rtol=1e-4)
