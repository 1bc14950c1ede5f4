"""Pictures: what is drawn where. Skipped where OpenGL is not to be had."""

from collections.abc import Iterator

import mujoco
import numpy as np
import pytest
import torch

from legged_gym.sim.config import SimCfg
from legged_gym.sim.mujoco_cpu import MujocoSimulator
from legged_gym.sim.terrain_model import TerrainLike
from legged_gym.utils.errors import UserError
from legged_gym.viewing.render_scene import TerrainPatch, build_scene
from legged_gym.viewing.rendering import Arrow, Block, Camera, Renderer, Spheres
from tests.opengl import opengl_fault
from tests.sim.robots import Go2Asset, StiffControl, flat_terrain, height_field, place

SIDE = Camera(distance=2.0, azimuth=90.0, elevation=-10.0)


@pytest.fixture
def sim() -> Iterator[MujocoSimulator]:
    simulator = MujocoSimulator(Go2Asset(), StiffControl(), SimCfg(), flat_terrain(), 2, "cpu")
    place(simulator)
    yield simulator
    simulator.close()


def open_renderer(sim: MujocoSimulator, terrain: TerrainLike) -> Renderer:
    if opengl_fault():
        pytest.skip(f"no OpenGL: {opengl_fault()}")
    return Renderer(sim, Go2Asset(), terrain, width=96, height=64, fast=True)


@pytest.fixture
def renderer(sim: MujocoSimulator) -> Iterator[Renderer]:
    made = open_renderer(sim, flat_terrain())
    yield made
    made.close()


def redness(image: np.ndarray) -> np.ndarray:
    """How far red exceeds the other colours, per pixel."""
    colours = image.astype(int)
    return colours[..., 0] - colours[..., 1:].max(axis=-1)


def test_a_frame_shows_sky_robot_and_ground(renderer: Renderer):
    image = renderer.render(0, SIDE)
    assert (image.shape, image.dtype) == ((64, 96, 3), np.uint8)
    sky, ground = image[2].mean(axis=0), image[-2].mean(axis=0)
    assert sky[2] > sky[0] + 20 and ground[0] > ground[2]  # bluish above, brownish below
    assert image[20:44, 30:66].std() > image[-4:].std() + 10  # light shell, dark legs
    assert np.array_equal(image, renderer.render(0, SIDE))


def test_the_picture_follows_the_robot_and_its_joints(sim: MujocoSimulator, renderer: Renderer):
    first = renderer.render(0, SIDE)
    root, everyone = sim.root_states.clone(), torch.ones(2, dtype=torch.bool)
    root[:, 0] = 30.0  # whole squares of the ground's pattern
    sim.reset(everyone, root, sim.dof_pos.clone(), sim.dof_vel.clone())
    moved = renderer.render(0, SIDE)
    assert np.abs(moved.astype(int) - first).mean() < 1.0
    sim.reset(everyone, root, sim.dof_pos + 0.4, sim.dof_vel.clone())
    assert np.abs(renderer.render(0, SIDE).astype(int) - first).mean() > 1.0


def test_the_first_frame_is_whole(sim: MujocoSimulator, renderer: Renderer):
    """The ground was missing in it: its place was that of a camera which had not been set."""
    first, second = renderer.render(0), renderer.render(0)
    assert np.array_equal(first, second)


def test_the_camera_rises_over_ground_that_would_hide_the_robot(sim: MujocoSimulator):
    heights = np.zeros((200, 200), dtype=np.float32)
    heights[:85] = 1.0  # a cliff 0.75 m behind the robot, on the side the camera looks from
    terrain = height_field(heights, 0.05)
    renderer = open_renderer(sim, terrain)
    behind = Camera(distance=3.0, azimuth=0.0, elevation=-5.0)
    image = renderer.render(0, behind)
    assert image[20:44, 30:66].std() > 15  # light shell, dark legs
    assert renderer._elevation < -20.0
    renderer.close()


def test_markers_stand_where_they_are_put(renderer: Renderer):
    assert redness(renderer.render(0, SIDE)).max() < 80
    red = (1.0, 0.0, 0.0, 1.0)
    left = Spheres(np.array([[-0.5, -0.2, 0.6]]), radius=0.08, colour=red)
    right = Arrow(np.array([0.5, -0.2, 0.5]), np.array([0.0, 0.0, 0.3]), colour=red, width=0.04)
    block = Block(np.array([0.4, -0.3, 0.5]), np.array([0.6, -0.1, 0.7]), colour=red)
    for marker, columns in ((left, slice(0, 48)), (right, slice(48, 96)), (block, slice(48, 96))):
        marked = redness(renderer.render(0, SIDE, markers=[marker])) > 100
        assert marked[:, columns].sum() > 10 and marked.sum() == marked[:, columns].sum()


def test_other_robots_are_drawn(sim: MujocoSimulator, renderer: Renderer):
    root = sim.root_states.clone()
    root[1, 1] = 0.6
    sim.reset(torch.tensor([False, True]), root, sim.dof_pos.clone(), sim.dof_vel.clone())
    alone = renderer.render(0, Camera(azimuth=0.0)).astype(int)
    both = renderer.render(0, Camera(azimuth=0.0), others=[0, 1]).astype(int)
    changed = np.abs(both - alone).max(axis=-1) > 20
    assert changed[:, :48].sum() > 100 and changed[:, 60:].sum() == 0  # world y is to the left


def test_terrain_is_drawn_where_it_lies(sim: MujocoSimulator):
    """A wall 3 m high behind x = 2, left of y = 0 only: it hides the sky there, and nowhere else."""
    x, y = np.arange(401)[:, None] * 0.1 - 20.0, np.arange(401)[None, :] * 0.1 - 20.0
    renderer = open_renderer(sim, height_field(3.0 * ((x > 2.0) & (y > 0.0)), 0.1))
    along_x = renderer.render(0, Camera(azimuth=0.0, elevation=-5.0))[:12].astype(int)
    against_x = renderer.render(0, Camera(azimuth=180.0, elevation=-5.0))[:12].astype(int)
    renderer.close()
    blueness = along_x[..., 2] - along_x[..., 0]
    assert blueness[:, :40].max() < 0 and blueness[:, 56:].min() > 10
    assert (against_x[..., 2] - against_x[..., 0]).min() > 10


def test_patch_moves_in_steps_and_shows_the_map():
    rng = np.random.default_rng(0)
    terrain = height_field(rng.random((301, 401)), 0.1)
    model = build_scene(Go2Asset(), terrain, 64, 48, fast=True)
    patch = TerrainPatch(model, terrain)
    assert patch.follow(np.array([0.2, 0.0, 0.0]))
    assert not patch.follow(np.array([1.9, -0.8, 0.0]))
    assert patch.follow(np.array([3.2, 0.0, 0.0]))
    geom = model.geom("ground").pos
    low, elevation = terrain.heights.min(), terrain.heights.max() - terrain.heights.min()
    data = model.hfield_data.reshape(model.hfield_nrow[0], model.hfield_ncol[0])
    centre = data[60, 60] * elevation + low
    i, j = round((geom[0] + 15.0) / 0.1), round((geom[1] + 20.0) / 0.1)
    assert centre == pytest.approx(float(terrain.heights[i, j]), abs=1e-5)
    assert abs(geom[0] - 3.2) <= 1.1 and abs(geom[1]) <= 1.1
    assert patch.follow(np.array([100.0, 100.0, 0.0]))  # off the map: its corner
    np.testing.assert_allclose(model.geom("ground").pos[:2], [9.0, 14.0], atol=1e-9)


def test_a_patch_of_a_map_without_pits_is_drawn_where_it_is_put():
    """MuJoCo takes a geometry that is compiled at its body's origin for one that stays there."""
    model = build_scene(Go2Asset(), height_field(np.zeros((301, 401)), 0.1), 64, 48, fast=True)
    patch, data = TerrainPatch(model, height_field(np.zeros((301, 401)), 0.1)), mujoco.MjData(model)
    assert patch.follow(np.array([5.0, -8.0, 0.0]))
    mujoco.mj_kinematics(model, data)
    np.testing.assert_allclose(data.geom("ground").xpos[:2], [5.0, -8.0], atol=1.1)


def test_vertical_faces_and_ceilings_are_drawn_as_boxes():
    """A step of 0.5 m at x = -0.05 and a bar 0.6 m over the ground, at 1 m, two cells wide: in the window of 12 m."""
    heights = np.zeros((301, 301), dtype=np.float32)
    heights[150:] = 0.5
    terrain = height_field(heights, 0.1)
    terrain.slope_threshold = 1.0
    terrain.ceiling = np.full((301, 301), np.inf, dtype=np.float32)
    terrain.ceiling[160:162, 140:150] = 1.1
    model = build_scene(Go2Asset(), terrain, 64, 48, fast=True)
    patch, scene = TerrainPatch(model, terrain), mujoco.MjvScene(model, maxgeom=2)
    assert patch.follow(np.zeros(3))
    patch.add_to(scene)
    step, bar = scene.geoms[:2]
    assert step.pos[0] - step.size[0] == pytest.approx(-0.05, abs=1e-6)
    assert step.pos[2] + step.size[2] == pytest.approx(0.5, abs=1e-6)
    assert step.size[1] == pytest.approx(6.0) and step.rgba[3] == 1.0
    np.testing.assert_allclose(bar.pos, [1.05, -0.55, 1.6], atol=1e-6)
    np.testing.assert_allclose(bar.size, [0.1, 0.5, 0.5], atol=1e-6)
    assert bar.rgba[3] < 0.5  # the robot under it is seen
    patch.add_to(scene)  # there is no room: no more are drawn
    assert scene.ngeom == 2


def test_no_opengl_is_told_with_its_remedy(sim: MujocoSimulator, monkeypatch: pytest.MonkeyPatch):
    def refuse(*size: int) -> None:
        raise RuntimeError("no display")

    monkeypatch.delenv("MUJOCO_GL", raising=False)
    monkeypatch.setattr("platform.system", lambda: "Other")
    monkeypatch.setattr("mujoco.GLContext", refuse)
    with pytest.raises(UserError, match="no display.*MUJOCO_GL=egl.*libegl1 libgl1"):
        Renderer(sim, Go2Asset(), flat_terrain())


def test_text_stands_in_the_upper_left_corner(renderer: Renderer):
    changed = (renderer.render(0, SIDE) != renderer.render(0, SIDE, text=("a", "b"))).any(axis=2)
    assert changed[:16, :16].any() and not changed[40:].any() and not changed[:, 80:].any()
