"""Uneven ground: grids recovered from meshes to the last bit, pasted, and stood upon."""

import math

import numpy as np
import pytest
import torch

from isaacgym import gymapi
from isaacgym.faces import halved
from isaacgym.grids import Grid, pasted
from isaacgym.meshes import pieces_of_mesh
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from tests.isaacgym.worlds import SPHERE, World, world


def grid_of_mesh(*mesh) -> Grid:
    """The only piece of a mesh."""
    (grid,) = pieces_of_mesh(*mesh)
    assert isinstance(grid, Grid)
    return grid


@pytest.mark.parametrize(("shape", "threshold"), [((37, 23), 0.75), ((5, 90), 1.5), ((64, 64), None), ((2, 2), None)])
def test_a_mesh_gives_its_heights_back(shape, threshold):
    raw = np.random.default_rng(1).integers(-60, 60, shape).astype(np.int16)
    vertices, triangles = convert_heightfield_to_trimesh(raw, 0.1, 0.005, threshold)
    transform = gymapi.Transform(gymapi.Vec3(-25.0, 3.0, 0.0))
    grid = grid_of_mesh(vertices.flatten(), triangles.flatten(), transform, 0.7)
    finer = 1 if threshold is None else 2
    assert (grid.heights[::finer, ::finer] == (raw * 0.005).astype(np.float32)).all()
    assert grid.cell == pytest.approx(0.1 / finer, rel=1e-4) and grid.corner == pytest.approx((-25.0, 3.0), abs=1e-4)
    assert grid.friction == 0.7
    high = grid_of_mesh(vertices, triangles, gymapi.Transform(gymapi.Vec3(0.0, 0.0, 0.5)), 0.7)
    assert high.heights == pytest.approx(grid.heights + 0.5)


def test_heights_need_not_be_whole():
    raw = np.array([[0.0, 0.25], [60.5, -3.75]], dtype=np.float32)
    grid = grid_of_mesh(*convert_heightfield_to_trimesh(raw, 0.1, 0.005), gymapi.Transform(), 1.0)
    assert (grid.heights == (raw * 0.005).astype(np.float32)).all()


def test_small_cells_keep_their_size_and_outer_lines_may_be_moved_as_a_whole():
    """A step up right behind the first line, and down before the last one; cells of 2.5 cm."""
    raw = np.repeat([0, 10, 10, 10, 0], 3).reshape(5, 3).astype(np.int16)
    vertices, triangles = convert_heightfield_to_trimesh(raw, 0.025, 0.01, 0.75)
    assert vertices[:, 0].min() == np.float32(0.025) and vertices[:, 0].max() == np.float32(0.075)
    grid = grid_of_mesh(vertices, triangles, gymapi.Transform(gymapi.Vec3(1.0, 2.0, 0.0)), 1.0)
    assert (grid.heights == (raw * 0.01).astype(np.float32)).all()
    assert grid.cell == pytest.approx(0.025) and grid.corner == pytest.approx((1.0, 2.0))


def test_grids_that_are_none_are_refused():
    mesh = convert_heightfield_to_trimesh(np.zeros((3, 4)), 0.1, 0.1)
    mesh[0][:, 1] *= 2.0
    with pytest.raises(Exception, match="they are to be square"):
        grid_of_mesh(*mesh, gymapi.Transform(), 1.0)
    mesh[0][5, 0] += 0.03
    with pytest.raises(Exception, match="do not lie on an even grid"):
        grid_of_mesh(*mesh, gymapi.Transform(), 1.0)
    turned = gymapi.Transform(gymapi.Vec3(), gymapi.Quat.from_axis_angle(gymapi.Vec3(0, 0, 1), 0.1))
    with pytest.raises(Exception, match="turned"):
        grid_of_mesh(*convert_heightfield_to_trimesh(np.zeros((3, 4)), 0.1, 0.1), turned, 1.0)


def test_pieces_are_pasted_into_one():
    """Two side by side that share a line, the second one higher there, and nothing beyond the shorter one."""
    first = Grid(np.zeros((3, 2)), 0.5, (1.0, 2.0), 1.0)
    second = Grid(np.full((2, 2), 0.7), 0.5, (1.0, 2.5), 1.0)
    whole = pasted([first, second])
    assert whole.heights.tolist() == [[0.0, 0.7, 0.7], [0.0, 0.7, 0.7], [0.0, 0.0, 0.0]]
    assert (whole.cell, whole.corner) == (0.5, (1.0, 2.0))
    with pytest.raises(Exception, match="places on one grid"):
        pasted([first, Grid(np.zeros((2, 2)), 0.5, (1.2, 2.0), 1.0)])
    with pytest.raises(Exception, match="one friction"):
        pasted([first, Grid(np.zeros((2, 2)), 0.5, (1.0, 3.0), 0.5)])


def test_vertical_faces_are_ramps_of_half_a_cell_at_their_high_ends():
    """A step of 0.1 m up between the rows 1 and 2, and down between 4 and 5: the mesh has its faces at 2 and 4."""
    raw = np.repeat([0, 0, 10, 10, 10, 0, 0], 3).reshape(7, 3).astype(np.int16)
    grid = grid_of_mesh(*convert_heightfield_to_trimesh(raw, 0.1, 0.01, 0.75), gymapi.Transform(), 1.0)
    assert grid.cell == pytest.approx(0.05) and (grid.heights == grid.heights[:, :1]).all()
    low, high = np.float32(0.0), np.float32(0.1)
    assert grid.heights[:, 0].tolist() == [low] * 4 + [high] * 5 + [low] * 4
    across = grid_of_mesh(*convert_heightfield_to_trimesh(raw.T, 0.1, 0.01, 0.75), gymapi.Transform(), 1.0)
    assert (across.heights == grid.heights.T).all()


def test_a_finer_grid_is_the_same_surface_where_nothing_is_steep():
    """A cell of corners 0, 1, 2 and 4: its diagonal is that of the low and the high indices, and at its middle 2."""
    corners = np.array([[0.0, 1.0], [2.0, 4.0]])
    still = np.zeros((2, 2), dtype=np.int8)
    assert halved(corners, still, still).tolist() == [[0.0, 0.5, 1.0], [1.0, 2.0, 2.5], [2.0, 3.0, 4.0]]


def test_a_coarse_piece_beside_a_fine_one_becomes_as_fine():
    coarse, fine = Grid(np.zeros((2, 2)), 0.1, (0.0, 0.0), 1.0), Grid(np.ones((3, 3)), 0.05, (0.1, 0.0), 1.0)
    whole = pasted([coarse, fine])
    assert whole.cell == 0.05 and whole.heights[:, 0].tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]


SLOPE_X, SLOPE_Y = 0.2, -0.1


def slope() -> np.ndarray:
    """Heights in centimetres of 41 by 31 vertices, 0.1 m apart."""
    return (100 * (SLOPE_X * 0.1 * np.arange(41)[:, None] + SLOPE_Y * 0.1 * np.arange(31))).round().astype(np.int16)


def as_mesh(made: World) -> None:
    params = gymapi.TriangleMeshParams()
    params.transform.p.x, params.transform.p.y, params.dynamic_friction = -1.0, -1.0, 0.0
    vertices, triangles = convert_heightfield_to_trimesh(slope(), 0.1, 0.01)
    made.gym.add_triangle_mesh(made.sim, vertices.flatten(), triangles.flatten(), params)


def as_field(made: World, flat: bool = False) -> None:
    params = gymapi.HeightFieldParams()
    params.row_scale = params.column_scale = 0.1
    params.vertical_scale, params.nbRows, params.nbColumns, params.dynamic_friction = 0.01, 31, 41, 0.0
    params.transform.p = gymapi.Vec3(-1.0, -1.0, 0.0)
    made.gym.add_heightfield(made.sim, slope().flatten() if flat else slope(), params)


@pytest.mark.parametrize("build", [as_mesh, as_field, lambda made: as_field(made, flat=True)])
def test_a_sphere_is_pushed_along_the_normal_of_the_slope(build, tmp_path):
    """2 mm deep at (1.25, 0.55) on a plane that rises by 0.2 along x and falls by 0.1 along y; without friction."""
    made = world(tmp_path, SPHERE, ground=False)
    build(made)
    shapes = made.gym.get_actor_rigid_shape_properties(made.envs[0], 0)
    shapes[0].friction = 0.0
    made.gym.set_actor_rigid_shape_properties(made.envs[0], 0, shapes)
    made.prepare()
    x, y = 1.25, 0.55
    surface = SLOPE_X * (x + 1.0) + SLOPE_Y * (y + 1.0)
    normal = torch.tensor([-SLOPE_X, -SLOPE_Y, 1.0]) / math.sqrt(1.0 + SLOPE_X**2 + SLOPE_Y**2)
    made.roots[0, :3] = torch.tensor([x, y, surface]) + (0.1 - 0.002) * normal
    made.set_roots()
    made.run(1)
    force = made.contacts[0]
    assert force.norm() > 10.0 and force / force.norm() == pytest.approx(normal, abs=0.05)
    made.roots[0, :3] += 0.004 * normal
    made.roots[0, 7:] = 0.0
    made.set_roots()
    made.run(1)
    assert not made.contacts.any()


def test_a_plane_and_a_map_at_once_are_refused(tmp_path):
    made = world(tmp_path, SPHERE)
    as_mesh(made)
    with pytest.raises(Exception, match="a plane and uneven ground at once"):
        made.prepare()
