"""What depth cameras cost: rays, images, and their share of a training step of go2_rough.

    python benchmarks/depth_camera.py --num_envs 4096                      # on a GPU
    python benchmarks/depth_camera.py --num_envs 64 --device cpu
    python benchmarks/depth_camera.py --num_envs 64 --device cpu --rays    # the rays alone, against MuJoCo Warp's own

The map is the task's with vertical faces, the camera the default one: 48 x 64 pixels, 10 Hz, 1.5 m.
"""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import mujoco
import mujoco_warp as mjw
import numpy as np
import torch
import warp as wp

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.go2.go2_config import Go2RoughCfg, Go2RoughCfgPPO
from legged_gym.runs.speed import measure_env, measure_training
from legged_gym.scripts.command_line import Parser, positive, run_program
from legged_gym.sensors.depth_image import DepthCameraCfg, pixel_rays
from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.sensors.ray_caster_torch import TorchRayCaster
from legged_gym.sensors.ray_caster_warp import WarpRayCaster
from legged_gym.sim.devices import check_device, check_memory, choose_placement
from legged_gym.sim.terrain_model import add_terrain
from legged_gym.tasks import Task, make_env, register
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.math import quat_from_rpy, quat_rotate

BLIND, SEEING = "benchmark_blind", "benchmark_seeing"
HEIGHT, PITCH = 0.35, 20.0
"""Of the cameras over the origins of the tiles, m, and degrees down."""


class BlindCfg(Go2RoughCfg):
    """The task without a camera."""

    class terrain(Go2RoughCfg.terrain):
        slope_threshold = 0.95


class SeeingCfg(BlindCfg):
    """Each robot's image is made and handed out, in a group of its own, which nothing learns from."""

    class depth_camera(DepthCameraCfg):
        pass

    class observations(BlindCfg.observations):
        depth: list[str] = ["depth_image"]


def seconds(function: Callable[[], Any], device: str, repeats: int) -> float:
    """Mean time of a call, after one."""
    function()
    start = _now(device)
    for _ in range(repeats):
        function()
    return (_now(device) - start) / repeats


def _now(device: str) -> float:
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter()


def place(caster: RayCaster, terrain: Terrain) -> None:
    """Cameras around the origins of all tiles, looking anywhere ahead and down."""
    count, device = len(caster.scales), caster.scales.device
    origins = torch.from_numpy(terrain.env_origins.reshape(-1, 3)).to(device)
    caster.positions.copy_(origins[torch.arange(count, device=device) % len(origins)])
    caster.positions[:, :2] += 2.0 * torch.rand(count, 2, device=device) - 1.0
    caster.positions[:, 2] += HEIGHT
    yaw = 2.0 * math.pi * torch.rand(count, device=device)
    caster.rotations.copy_(quat_from_rpy(torch.zeros_like(yaw), torch.full_like(yaw, math.radians(PITCH)), yaw))


def mujoco_warp_rays(caster: RayCaster, terrain: Terrain) -> Callable[[], None]:
    """The caster's rays on MuJoCo Warp, with its bounding volumes, against boxes on a height field in one world."""
    spec = mujoco.MjSpec()
    add_terrain(spec, terrain, boxes=True)
    spec.worldbody.add_camera()
    compiled = spec.compile()
    state = mujoco.MjData(compiled)
    mujoco.mj_forward(compiled, state)
    model, data = mjw.put_model(compiled), mjw.put_data(compiled, state)
    bounds = mjw.create_render_context(compiled, cam_res=(8, 8), render_rgb=False, render_depth=True)
    ways = torch.cat((torch.ones_like(caster.rays[:, :1]), caster.rays), dim=1).expand(len(caster.scales), -1, 3)
    ways = torch.nn.functional.normalize(quat_rotate(caster.rotations, ways), dim=-1)
    starts = caster.positions[:, None].expand_as(ways)
    engine: Any = mjw
    start, way = (wp.from_torch(rays.reshape(1, -1, 3).contiguous(), dtype=wp.vec3) for rays in (starts, ways))
    shape = start.shape
    distances, geoms, normals = wp.zeros(shape, float), wp.zeros(shape, int), wp.zeros(shape, wp.vec3)
    nobody, groups = wp.full(shape[1], -1, int), np.full(6, -1)
    return lambda: engine.rays(model, data, start, way, groups, True, nobody, distances, geoms, normals, bounds)


def measure_rays(num_envs: int, device: str) -> None:
    """One image of every robot, by each way to cast rays."""
    sections: Any = SeeingCfg()
    terrain, cfg = Terrain(sections.terrain, 0), sections.depth_camera
    rays = pixel_rays(cfg.resolution, cfg.crop, cfg.shape).to(device)
    for maker in (WarpRayCaster, TorchRayCaster):
        caster = maker(terrain, rays, num_envs, cfg.range[1])
        place(caster, terrain)
        report(maker.__name__, seconds(caster.cast, device, 5), num_envs * len(rays))
    start = time.perf_counter()
    with wp.ScopedDevice(device):
        cast = mujoco_warp_rays(caster, terrain)
        print(f"MuJoCo Warp builds its bounding volumes in {time.perf_counter() - start:.0f} s")
        report("MuJoCo Warp", seconds(lambda: (cast(), wp.synchronize()), device, 5), num_envs * len(rays))


def report(name: str, duration: float, rays: int) -> None:
    """Print how long all rays took, and one."""
    print(f"{name:16} {1e3 * duration:9.2f} ms an image of every robot {1e9 * duration / rays:9.2f} ns a ray")


def measure_steps(num_envs: int, device: str) -> None:
    """Control steps with and without the camera, and a training step without it."""
    placement = choose_placement("auto", device)
    steps = {}
    training = 0.0
    for name, cfg_class in ((BLIND, BlindCfg), (SEEING, SeeingCfg)):
        register(name, Task(LeggedRobot, cfg_class, Go2RoughCfgPPO, "of a benchmark"))
        cfg = cfg_class()
        cfg.env.num_envs, cfg.sim.engine = num_envs, placement.engine
        env = make_env(name, cfg, placement.sim_device, 1)
        _, steps[name] = measure_env(env)
        print(f"{name:16} {1e3 * steps[name]:9.2f} ms a control step")
        if name == BLIND:
            training = sum(measure_training(env, Go2RoughCfgPPO(), placement.rl_device, None))
            print(f"{name:16} {1e3 * training:9.2f} ms a training step")
        env.close()
    print(f"the camera takes {(steps[SEEING] - steps[BLIND]) / training:.0%} of a training step")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = Parser("Measure what depth cameras cost.")
    parser.add_argument("--num_envs", metavar="N", type=positive, default=4096, help="default: 4096")
    parser.add_argument("--device", metavar="DEVICE", default="cuda:0", help="default: cuda:0")
    parser.add_argument("--rays", action="store_true", help="the rays alone, MuJoCo Warp's too")
    args = parser.parse(argv)
    device = check_device(args.device)
    check_memory(args.num_envs, device)
    torch.manual_seed(0)
    if args.rays:
        measure_rays(args.num_envs, device)
    else:
        measure_steps(args.num_envs, device)


if __name__ == "__main__":
    run_program(main)
