"""Depths of rays against those of MuJoCo's own renderer, of the model that robots are stepped on."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import math
from typing import Any

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sensors.ray_caster_torch import TorchRayCaster
from legged_gym.sim.terrain_model import add_terrain
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.math import quat_from_rpy
from tests.opengl import context_class, needs_opengl

ROWS, COLS, FIELD_OF_VIEW, REACH = 48, 64, 86.0, 2.0
"""Pixels, horizontal field of view, degrees, and greatest depth, m."""
CLOSE = 0.01
"""Agreement that is asked for, m."""
GRAZING = 0.001
"""Share of pixels that an edge passes so closely that the two may see different things."""
VIEWS = 6
"""Pictures of each tile."""
PER_PIXEL = math.tan(math.radians(FIELD_OF_VIEW / 2)) / (COLS / 2)
"""Distance of neighbouring pixels at a depth of 1 m, m."""


class Tiles(TerrainCfg):
    """Rough ground, vertical faces and ceilings."""

    num_rows, num_cols = 1, 10
    difficulty_range = (0.6, 0.6)
    slope_threshold = 0.95
    terrain_proportions = dict.fromkeys(
        ("rough_slope", "stairs_up", "stairs_down", "discrete", "platform", "hurdles", "crawl", "tilt"), 1.0
    )


class Scene:
    """The model of the tiles, cameras that look at them, and what their rays see."""

    def __init__(self) -> None:
        self.terrain = Terrain(Tiles(), 0)
        spec = mujoco.MjSpec()
        add_terrain(spec, self.terrain, boxes=True)
        spec.stat.extent = 1.0
        spec.visual.map.znear, spec.visual.map.zfar = 0.01, 10.0
        fovy = 2.0 * math.degrees(math.atan(PER_PIXEL * ROWS / 2))
        camera = spec.worldbody.add_body(name="eye", mocap=True)
        camera.add_camera(name="eye", fovy=fovy, quat=[0.5, 0.5, -0.5, -0.5])  # along the body's x axis
        self.model = spec.compile()
        self.data = mujoco.MjData(self.model)
        self.positions, self.rotations = self._cameras()
        up = (ROWS / 2 - 0.5 - torch.arange(ROWS)) * PER_PIXEL
        left = (COLS / 2 - 0.5 - torch.arange(COLS)) * PER_PIXEL
        self.rays = torch.cartesian_prod(up, left).flip(1)
        caster = TorchRayCaster(self.terrain, self.rays, len(self.positions), REACH)
        caster.positions.copy_(self.positions)
        caster.rotations.copy_(self.rotations)
        caster.cast()
        self.depths = caster.depths.view(-1, VIEWS, ROWS, COLS)
        """By tile [T, VIEWS, ROWS, COLS], m."""

    def _cameras(self) -> tuple[torch.Tensor, torch.Tensor]:
        """On each tile some, 0.25 m over the highest ground around, pitched down by 27 degrees."""
        generator = np.random.default_rng(0)
        positions = self.terrain.env_origins.reshape(-1, 1, 3).repeat(VIEWS, axis=1).reshape(-1, 3)
        positions[:, :2] += generator.uniform(-3.0, 3.0, (len(positions), 2))
        found = torch.from_numpy(positions)
        found[:, 2] = HeightSampler(self.terrain, "cpu", footprint=0.1).sample_max(found[:, :2]) + 0.25
        yaw = torch.tensor(generator.uniform(-math.pi, math.pi, len(found)), dtype=torch.float32)
        return found, quat_from_rpy(0.1 * torch.cos(yaw), torch.full_like(yaw, math.radians(27.0)), yaw)

    def rendered(self, renderer: Any, camera: int) -> np.ndarray:
        self.data.mocap_pos[0] = self.positions[camera]
        self.data.mocap_quat[0] = np.roll(self.rotations[camera], 1)
        mujoco.mj_forward(self.model, self.data)
        renderer.update_scene(self.data, "eye")
        return renderer.render().clip(max=REACH)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene()


@needs_opengl
@pytest.mark.parametrize("column", range(Tiles.num_cols))
def test_the_renderer_sees_the_same(scene: Scene, column: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mujoco.rendering.classic.gl_context.GLContext", context_class(), raising=False)
    renderer = mujoco.Renderer(scene.model, ROWS, COLS)
    renderer.enable_depth_rendering()
    theirs = np.stack([scene.rendered(renderer, column * VIEWS + view) for view in range(VIEWS)])
    renderer.close()
    ours = scene.depths[column].numpy()
    assert (ours < REACH).mean() > 0.5
    assert (np.abs(ours - theirs) > CLOSE).mean() < GRAZING
