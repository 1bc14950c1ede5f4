"""The sampler on a GPU: the same heights, no host synchronization, capturable."""

import pytest
import torch

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain
from tests.gpu.waiting import no_waiting

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


def test_captured_sampler_agrees_with_the_cpu() -> None:
    cfg = TerrainCfg()
    cfg.num_rows, cfg.num_cols = 2, 20
    terrain = Terrain(cfg, seed=3)
    on_cpu, on_gpu = HeightSampler(terrain, "cpu"), HeightSampler(terrain, "cuda")
    points = (torch.rand(64, 187, 2, device="cuda") - 0.5) * torch.tensor([26.0, 170.0], device="cuda")
    with no_waiting():
        on_gpu.sample(points)
        on_gpu.sample_max(points)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            heights, highest = on_gpu.sample(points), on_gpu.sample_max(points[:, 0])
        points.mul_(-0.7)
        graph.replay()
    torch.testing.assert_close(heights.cpu(), on_cpu.sample(points.cpu()), rtol=0.0, atol=1e-3)
    torch.testing.assert_close(highest.cpu(), on_cpu.sample_max(points[:, 0].cpu()), rtol=0.0, atol=1e-3)
