"""Meshes taken apart, boxes that are met from all sides, and upper sides of meshes of any kind."""

import math

import numpy as np
import pytest
import torch

from isaacgym import gymapi
from isaacgym.grids import Grid
from isaacgym.meshes import Box, Soup, pieces_of_mesh
from isaacgym.rasters import rasterised
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from tests.isaacgym.worlds import GRAVITY, SPHERE, World, world

Mesh = tuple[np.ndarray, np.ndarray]


def box(size: tuple[float, float, float], centre: tuple[float, float, float]) -> Mesh:
    """A box's corners, x fastest, and two triangles a face, outwards."""
    unit = np.array([[(i >> axis) & 1 for axis in range(3)] for i in range(8)]) - 0.5
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    triangles = [corners for a, b, c, d in quads for corners in ((a, b, c), (a, c, d))]
    return (unit * size + centre).astype(np.float32), np.array(triangles, dtype=np.uint32)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(vertices) for vertices, _ in meshes])
    triangles = [part + start for (_, part), start in zip(meshes, starts, strict=False)]
    return np.concatenate([vertices for vertices, _ in meshes]), np.concatenate(triangles).astype(np.uint32)


def grid(rows: int = 4, cols: int = 5) -> Mesh:
    return convert_heightfield_to_trimesh(np.arange(rows * cols).reshape(rows, cols), 0.1, 0.01)


PLACE = gymapi.Transform(gymapi.Vec3(1.0, 2.0, 0.5))


def test_a_bar_above_a_grid_is_a_box_above_a_grid():
    vertices, triangles = joined(grid(), box((0.25, 0.5, 1.0), (0.2, 0.2, 1.0)), grid(3, 3))
    first, bar, second = pieces_of_mesh(vertices.flatten(), triangles.flatten(), PLACE, 0.7)
    assert isinstance(first, Grid) and isinstance(second, Grid) and isinstance(bar, Box)
    assert first.heights.shape == (4, 5) and second.heights.shape == (3, 3) and first.friction == 0.7
    assert first.heights[3, 4] == pytest.approx(0.5 + 0.19)
    assert bar.centre == pytest.approx([1.2, 2.2, 1.5]) and bar.half == pytest.approx([0.125, 0.25, 0.5])


def test_a_wedge_is_no_box():
    vertices, triangles = box((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    vertices[7, 2] = 0.0
    (piece,) = pieces_of_mesh(vertices, triangles, PLACE, 1.0)
    assert isinstance(piece, Soup) and piece.vertices[7] == pytest.approx([1.5, 2.5, 0.5])
    sheet = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1]], dtype=np.float32)
    assert isinstance(pieces_of_mesh(sheet, np.array([[0, 1, 2], [1, 3, 2]]), PLACE, 1.0)[0], Soup)


def test_the_upper_side_of_triangles(caplog):
    """A tilted sheet of 1 m, a level one 2 m above a part of it, and an upright triangle; cells of 0.25 m."""
    sheet = np.array([[0, 0, 0], [1, 0, 1], [0, 1, 0], [1, 1, 1]], dtype=np.float32)
    shelf = np.array([[0.5, 0, 2], [1, 0, 2], [0.5, 0.25, 2], [1, 0.25, 2]], dtype=np.float32)
    wall = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 5]], dtype=np.float32)
    faces = np.array([[0, 1, 2], [1, 3, 2]])
    vertices, triangles = joined((sheet, faces), (shelf, faces), (wall, np.array([[0, 1, 2]])))
    (soup,) = pieces_of_mesh(vertices, triangles, gymapi.Transform(), 1.0)
    assert isinstance(soup, Soup)
    raster = rasterised(soup, None)
    ramp = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    expected = np.repeat(ramp[:, None], 5, axis=1)
    expected[2:, :2] = 2.0
    assert raster.cell == 0.25 and raster.corner == (0.0, 0.0) and raster.heights == pytest.approx(expected)
    assert "a mesh of 5 triangles is no grid of heights" in caplog.text


def test_a_large_mesh_is_as_its_plane_on_another_s_lattice():
    """Random triangles of a plane z = 0.1 x - 0.3 y, on the cells of a grid that begins elsewhere."""
    draw = np.random.default_rng(1)
    corner = np.array([[-3.0, -3.0], [7.0, -3.0], [-3.0, 7.0], [7.0, 7.0]])
    at = np.vstack((corner, draw.uniform(-3.0, 7.0, (100, 2))))
    corners = np.vstack(([[0, 1, 2], [1, 3, 2]], draw.integers(0, len(at), (200, 3))))
    soup = Soup(np.column_stack((at, 0.1 * at[:, 0] - 0.3 * at[:, 1])), corners, 1.0)
    raster = rasterised(soup, Grid(np.zeros((2, 2)), 0.1, (0.04, -0.02), 1.0))
    assert raster.corner == pytest.approx((-3.06, -3.02)) and raster.heights.shape == (101, 101)
    x = raster.corner[0] + 0.1 * np.arange(101)[:, None]
    y = raster.corner[1] + 0.1 * np.arange(101)
    assert raster.heights[1:, 1:] == pytest.approx((0.1 * x - 0.3 * y)[1:, 1:], abs=1e-9)


def with_mesh(made: World, mesh: Mesh, friction: float = 1.0) -> World:
    params = gymapi.TriangleMeshParams()
    params.dynamic_friction = friction
    made.gym.add_triangle_mesh(made.sim, mesh[0].flatten(), mesh[1].flatten(), params)
    return made.prepare()


def test_a_sphere_rests_on_a_box_and_is_stopped_from_below(tmp_path):
    """Of 0.1 m: on a box whose top is 0.5 m high; thrown up at 2 m/s below one whose lower side is 0.3 m high."""
    floor, table = box((20.0, 20.0, 0.2), (0.0, 0.0, -0.1)), box((1.0, 1.0, 0.2), (0.0, 0.0, 0.4))
    made = with_mesh(world(tmp_path, SPHERE, count=2, ground=False), joined(floor, table))
    made.roots[0, 2], made.roots[1, 2] = 0.6, 0.1
    made.roots[1, 9] = 2.0
    made.set_roots()
    highest = 0.0
    for _ in range(300):
        made.run(1)
        highest = max(highest, float(made.roots[1, 2]))
    assert made.roots[:, 2] == pytest.approx(torch.tensor([0.6, 0.1]), abs=3e-3)
    assert made.contacts[:, 2] == pytest.approx(torch.full((2,), 2.0 * GRAVITY), rel=0.01)
    assert highest == pytest.approx(0.2, abs=0.015) and highest < 0.1 + 2.0**2 / (2.0 * GRAVITY)


def test_friction_on_a_box_is_the_mean(tmp_path):
    """A sphere that does not spin slides at 0.5 m/s; its friction is 1.0, 0.2, the box's 0.4."""

    def differ(gym, asset, index):
        shapes = gym.get_asset_rigid_shape_properties(asset)
        shapes[0].friction = [1.0, 0.2][index]
        gym.set_asset_rigid_shape_properties(asset, shapes)

    made = world(tmp_path, SPHERE, count=2, height=0.1, ground=False, spread=differ)
    with_mesh(made, box((20.0, 20.0, 0.2), (0.0, 0.0, -0.1)), friction=0.4)
    made.run(100)
    made.roots[:, 7] = 0.5
    made.set_roots()
    made.run(1)
    along, _, up = made.contacts.unbind(dim=1)
    assert -along / up == pytest.approx(torch.tensor([0.7, 0.3]), rel=0.01)


def test_a_mesh_of_any_kind_is_stood_upon(tmp_path):
    """A roof of two slopes of 0.3: a sphere 2 mm within one is pushed along its normal."""
    ridge = np.array([[-1, -1, 0], [0, -1, 0.3], [1, -1, 0], [-1, 1, 0], [0, 1, 0.3], [1, 1, 0]], dtype=np.float32)
    faces = np.array([[0, 1, 3], [1, 4, 3], [1, 2, 4], [2, 5, 4]], dtype=np.uint32)
    made = with_mesh(world(tmp_path, SPHERE, ground=False), (ridge, faces))
    made.roots[0, :3] = torch.tensor([0.5, 0.0, 0.15 + 0.1 * math.sqrt(1.09) - 0.002])
    made.set_roots()
    made.run(1)
    force = made.contacts[0]
    assert force / force.norm() == pytest.approx(torch.tensor([0.3, 0.0, 1.0]) / math.sqrt(1.09), abs=0.05)
    assert made.sim.ground() is made.sim.ground()  # once made, it is told once
