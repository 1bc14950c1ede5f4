"""Depth cameras on a GPU: the same depths as on a CPU, and images in captured steps that wait for nothing."""

import pytest
import torch

from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.sensors.ray_caster_torch import TorchRayCaster
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.seeding import set_seed
from tests.envs.test_depth_image import seeing
from tests.gpu.waiting import no_waiting
from tests.sensors.test_ray_caster import AllKinds, random_cameras

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


def cast(kind: type[RayCaster], terrain: Terrain, device: str) -> torch.Tensor:
    lines = torch.linspace(-0.9, 0.9, 13, device=device)
    caster = kind(terrain, torch.cartesian_prod(lines, lines), 60, 3.0)
    for live, values in zip((caster.positions, caster.rotations), random_cameras(terrain, 60), strict=True):
        live.copy_(values)
    caster.cast()
    return caster.depths.cpu()


def test_rays_are_those_of_a_cpu() -> None:
    from legged_gym.sensors.ray_caster_warp import WarpRayCaster

    terrain = Terrain(AllKinds(), 0)
    difference = (cast(WarpRayCaster, terrain, "cuda:0") - cast(TorchRayCaster, terrain, "cpu")).abs()
    assert (difference > 1e-4).float().mean() < 1e-3


def test_images_are_made_in_captured_steps_without_waiting() -> None:
    cfg, _ = get_cfgs("go2_rough")
    cfg.env.num_envs, cfg.sim.engine = 128, "mujoco_warp"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 4, 5
    seeing(cfg)
    set_seed(1)
    env = make_env("go2_rough", cfg, "cuda:0", 1)
    actions = torch.zeros(128, env.num_actions, device=env.device)
    for _ in range(10):  # warm-up and capture may wait
        env.step(actions)
    changes = torch.zeros(128, device=env.device)
    with no_waiting():
        for _ in range(10):
            before = env.readings.depth_image.clone()
            env.step(actions)
            changes += (env.readings.depth_image != before).flatten(1).any(dim=1)
    assert (changes >= 2).all() and (changes < 10).all()
    env.close()
