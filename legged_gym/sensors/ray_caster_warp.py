"""Rays on Warp: on a GPU, and on a CPU where Warp is installed."""

from typing import Any, cast

import torch
import warp as wp

from legged_gym.sensors.ray_caster import RayCaster
from legged_gym.sensors.ray_kernels import BLOCK, Layer, make_caster
from legged_gym.sim.terrain_model import TerrainLike
from robust_parallel.warp_physics.stream import torch_stream


class WarpRayCaster(RayCaster):
    """One launch on torch's current stream; it may be captured in a CUDA graph, and waits for nothing."""

    def __init__(self, terrain: TerrainLike, rays: torch.Tensor, num_cameras: int, reach: float) -> None:
        super().__init__(terrain, rays, num_cameras, reach)
        wp.config.log_level = wp.LOG_WARNING
        wp.init()
        seen = self.map
        ground = ceiling = _layer(seen.ground, seen.tops, seen.steep)
        if seen.ceiling is not None and seen.ceiling_tops is not None:
            ceiling = _layer(seen.ceiling, seen.ceiling_tops, seen.steep)
        self._layers = ground, ceiling  # a recorded launch holds addresses: what is there must not be freed
        launch: Any = wp.launch(
            make_caster(seen.ceiling is not None),
            dim=(num_cameras, len(rays)),
            inputs=[
                wp.from_torch(self.rays, dtype=wp.vec2),
                wp.from_torch(self.positions, dtype=wp.vec3),
                wp.from_torch(self.rotations, dtype=wp.quat),
                wp.from_torch(self.scales),
                wp.from_torch(self.active),
                *(ground, ceiling, wp.vec2(*seen.corner), seen.cell, reach),
            ],
            outputs=[wp.from_torch(self.depths)],
            device=wp.device_from_torch(rays.device),
            record_cmd=True,
        )
        self._launch = cast(wp.Launch, launch)

    @torch.compiler.disable  # a launch is none of torch's operations: what is fused ends before it and begins after it
    def cast(self) -> None:
        self._launch.launch(torch_stream(self.depths.device))


def _layer(heights: torch.Tensor, tops: torch.Tensor, steep: float) -> Any:
    layer = cast(Any, Layer)()
    blocks = torch.nn.functional.max_pool2d(tops[None], BLOCK, ceil_mode=True)[0]
    layer.heights, layer.tops, layer.block_tops = map(wp.from_torch, (heights, tops, blocks))
    layer.steep = steep
    return layer
