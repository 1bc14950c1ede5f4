"""What cameras see, against distances and places by hand."""

import math
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from isaacgym import gymapi, gymtorch
from isaacgym.cameras import looking
from isaacgym.pictures import close_all
from isaacgym.png import write_png
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from robust_parallel.errors import UserError
from tests.isaacgym.worlds import BALL, World, world
from tests.opengl import needs_opengl


@pytest.fixture(autouse=True)
def closed():
    """OpenGL of one test is none of another's."""
    yield
    close_all()


DOWN = gymapi.Quat.from_euler_zyx(0.0, math.pi / 2, 0.0)
AHEAD = gymapi.Transform(gymapi.Vec3(0.0, 0.0, 1.0))


def properties(width: int = 64, height: int = 32) -> gymapi.CameraProperties:
    """90 degrees wide: a picture plane at 1 m is 2 m wide and 1 m high."""
    chosen = gymapi.CameraProperties()
    chosen.width, chosen.height, chosen.horizontal_fov, chosen.enable_tensors = width, height, 90.0, True
    return chosen


def with_camera(folder: Path, pose: gymapi.Transform, count: int = 1, **settings) -> World:
    """Boxes of 0.2 m at (3, 0.5) and a camera in each environment."""
    made = world(folder, BALL, count=0, **settings)
    gym = made.gym
    for _ in range(count):
        env = gym.create_env(made.sim, gymapi.Vec3(), gymapi.Vec3(), 1)
        gym.create_actor(env, made.asset, gymapi.Transform(gymapi.Vec3(3.0, 0.5, 1.0)), "box", 0, 0, 7)
        gym.set_camera_transform(gym.create_camera_sensor(env, properties()), env, pose)
        made.envs.append(env)
    return made


def test_a_camera_that_looks_at_a_target():
    pose = looking(gymapi.Vec3(1.0, 2.0, 3.0), gymapi.Vec3(1.0, 4.0, 1.0))
    ahead = pose.transform_vector(gymapi.Vec3(1.0, 0.0, 0.0))
    left = pose.transform_vector(gymapi.Vec3(0.0, 1.0, 0.0))
    half = math.sqrt(0.5)
    assert (ahead.x, ahead.y, ahead.z) == pytest.approx((0.0, half, -half), abs=1e-9)
    assert (left.x, left.y, left.z) == pytest.approx((-1.0, 0.0, 0.0), abs=1e-9)


def test_a_camera_that_is_to_look_at_itself_looks_nowhere():
    with pytest.raises(UserError, match="isaacgym: a camera at .* is to look at its own place"):
        looking(gymapi.Vec3(1.0, 2.0, 3.0), gymapi.Vec3(1.0, 2.0, 3.0))


@needs_opengl
def test_depths_are_negative_along_the_axis_and_infinite_where_nothing_is(tmp_path):
    """From 1 m over a plane: level, its lower rows see the plane 1 / tan ahead; straight down, all is 1 m away."""
    made = with_camera(tmp_path, AHEAD).prepare()
    gym, env = made.gym, made.envs[0]
    gym.render_all_camera_sensors(made.sim)
    depth = gym.get_camera_image(made.sim, env, 0, gymapi.IMAGE_DEPTH)
    assert depth.shape == (32, 64) and depth.dtype == np.float32
    assert np.isneginf(depth[:14, :10]).all()
    below = (np.arange(32) + 0.5 - 16.0) / 32.0
    assert depth[20:, 5] == pytest.approx(-1.0 / below[20:], rel=0.01)
    gym.set_camera_transform(0, env, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 1.0), DOWN))
    gym.render_all_camera_sensors(made.sim)
    assert gym.get_camera_image(made.sim, env, 0, gymapi.IMAGE_DEPTH) == pytest.approx(-1.0, rel=1e-3)


@needs_opengl
def test_segments_and_colours_show_the_robot_where_it_is(tmp_path):
    """A box at 3 m, 0.5 m to the left and at the camera's height: its front face, at 2.9 m, from y = 0.4 to 0.6 m."""
    made = with_camera(tmp_path, AHEAD)
    plane = gymapi.PlaneParams()
    plane.segmentation_id = 5
    made.gym.add_ground(made.sim, plane)
    made.prepare()
    gym, env = made.gym, made.envs[0]
    segments = gym.get_camera_image(made.sim, env, 0, gymapi.IMAGE_SEGMENTATION)
    assert set(np.unique(segments)) == {0, 5, 7} and (segments[28:, :] == 5).all() and not segments[:8].any()
    rows, cols = np.nonzero(segments == 7)
    assert cols.mean() + 0.5 == pytest.approx(32.0 - 32.0 * 0.5 / 2.95, abs=0.7)
    assert rows.mean() + 0.5 == pytest.approx(16.0, abs=0.7)
    colours = gym.get_camera_image(made.sim, env, 0, gymapi.IMAGE_COLOR)
    assert colours.shape == (32, 4 * 64) and colours.dtype == np.uint8
    picture = colours.reshape(32, 64, 4)
    assert (picture[..., 3] == 255).all()
    sky, ground = picture[0, 32, :3].astype(int), picture[31, 32, :3].astype(int)
    assert sky[2] > sky[0] + 10 and np.abs(ground - ground.mean()).max() < 5
    with pytest.raises(UserError, match="colours, depths and segments"):
        gym.get_camera_image(made.sim, env, 0, gymapi.IMAGE_OPTICAL_FLOW)


@needs_opengl
def test_a_plane_is_seen_where_it_is_stood_on(tmp_path):
    """normal . x + distance = 0: with 0.5 m it is 1.5 m below a camera at 1 m."""
    made = with_camera(tmp_path, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 1.0), DOWN), ground=False)
    plane = gymapi.PlaneParams()
    plane.normal, plane.distance = gymapi.Vec3(0.0, 0.0, 1.0), 0.5
    made.gym.add_ground(made.sim, plane)
    made.prepare()
    depth = made.gym.get_camera_image(made.sim, made.envs[0], 0, gymapi.IMAGE_DEPTH)
    assert depth == pytest.approx(-1.5, rel=1e-3)


@needs_opengl
def test_a_camera_is_carried_and_its_tensor_filled_again(tmp_path):
    """Looking down from 0.5 m above a box of 0.2 m, beside it, while the box is lifted by 1 m; then its place alone."""
    made = with_camera(tmp_path, AHEAD, count=2, height=0.1)
    gym, env = made.gym, made.envs[1]
    offset = gymapi.Transform(gymapi.Vec3(0.0, 1.0, 0.5), DOWN)
    gym.attach_camera_to_body(0, env, 0, offset, gymapi.FOLLOW_TRANSFORM)
    made.prepare()
    handle = gym.get_camera_image_gpu_tensor(made.sim, env, 0, gymapi.IMAGE_DEPTH)
    depth = gymtorch.wrap_tensor(handle)
    assert depth[16, 32] == pytest.approx(-1.5, rel=1e-3) and not depth.is_inference()
    made.roots[1, 2] = 2.0
    made.set_roots()
    made.run(1)
    with torch.inference_mode():
        gym.render_all_camera_sensors(made.sim)
    again = gymtorch.wrap_tensor(gym.get_camera_image_gpu_tensor(made.sim, env, 0, gymapi.IMAGE_DEPTH))
    assert again.data_ptr() == depth.data_ptr() and depth[16, 32] == pytest.approx(-2.5, rel=1e-3)
    assert gym.get_camera_transform(made.sim, env, 0).p.z == pytest.approx(2.5, abs=1e-3)
    made.roots[1, 3:7] = torch.tensor([1.0, 0.0, 0.0, 0.0])  # upside down
    made.set_roots()
    made.run(1)
    gym.render_all_camera_sensors(made.sim)
    assert depth[16, 32] == -math.inf
    gym.attach_camera_to_body(0, env, 0, offset, gymapi.FOLLOW_POSITION)
    gym.render_all_camera_sensors(made.sim)
    assert depth[16, 32] == pytest.approx(-2.5, rel=1e-3)


@needs_opengl
def test_a_camera_sees_the_map_around_it(tmp_path):
    """A map of 60 m whose heights are those of x, from two of its ends; the window is smaller than it."""
    made = with_camera(tmp_path, AHEAD, ground=False)
    raw = np.repeat(np.arange(601)[:, None], 40, axis=1)
    params = gymapi.TriangleMeshParams()
    params.transform.p.y = -2.0
    vertices, triangles = convert_heightfield_to_trimesh(raw, 0.1, 0.01)
    made.gym.add_triangle_mesh(made.sim, vertices.flatten(), triangles.flatten(), params)
    made.prepare()
    for x in (2.0, 55.0):
        made.gym.set_camera_transform(0, made.envs[0], gymapi.Transform(gymapi.Vec3(x, 0.0, 7.0), DOWN))
        made.gym.render_all_camera_sensors(made.sim)
        depth = made.gym.get_camera_image(made.sim, made.envs[0], 0, gymapi.IMAGE_DEPTH)
        assert depth[15:17, 32].mean() == pytest.approx(-(7.0 - 0.1 * x), abs=0.02)


@needs_opengl
def test_what_a_viewer_would_show_is_written(tmp_path):
    made = with_camera(tmp_path, AHEAD, count=2).prepare()
    viewer = made.gym.create_viewer(made.sim, properties())
    made.gym.viewer_camera_look_at(viewer, None, gymapi.Vec3(0.0, 0.0, 1.0), gymapi.Vec3(3.0, 0.5, 1.0))
    assert made.gym.get_viewer_camera_transform(viewer, None).p == gymapi.Vec3(0.0, 0.0, 1.0)
    path = tmp_path / "frames" / "0.png"
    made.gym.write_viewer_image_to_file(viewer, str(path))
    made.gym.destroy_sim(made.sim)
    assert made.sim.painter is None
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n" and path.stat().st_size > 200


def test_a_picture_survives_its_file(tmp_path):
    picture = np.random.default_rng(1).integers(0, 256, (3, 5, 4), dtype=np.uint8)
    (tmp_path / "a.png").write_bytes(b"old")
    with (tmp_path / "a.png").open("rb") as old:  # written whole, in the place of the one that was there
        write_png(tmp_path / "a.png", picture)
        assert old.read() == b"old"
    content = (tmp_path / "a.png").read_bytes()
    assert struct.unpack(">II", content[16:24]) == (5, 3)
    start = content.index(b"IDAT")
    (length,) = struct.unpack(">I", content[start - 4 : start])
    rows = np.frombuffer(zlib.decompress(content[start + 4 : start + 4 + length]), np.uint8).reshape(3, 21)
    assert not rows[:, 0].any() and (rows[:, 1:].reshape(3, 5, 4) == picture).all()


def test_without_opengl_a_picture_is_an_error_and_a_camera_is_none(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise UserError("cannot draw, OpenGL failed")

    monkeypatch.setattr("isaacgym.pictures.open_gl", refuse)
    made = with_camera(tmp_path, AHEAD).prepare()
    made.gym.step_graphics(made.sim)
    made.gym.render_all_camera_sensors(made.sim)
    with pytest.raises(UserError, match="cannot draw"):
        made.gym.get_camera_image(made.sim, made.envs[0], 0, gymapi.IMAGE_COLOR)
