"""Terrains as triangles: where their surface is, which way it looks, and that a stand-in of Isaac Gym reads it back."""

from typing import Any

import numpy as np
import pytest

from isaacgym.geometry import Transform, Vec3
from isaacgym.meshes import pieces_of_mesh
from legged_gym.sim.isaacgym.ground_mesh import Mesh, boxes_mesh, ground_meshes
from legged_gym.terrain.boxes import Boxes
from tests.sim.robots import height_field, with_settings


def corners_of(mesh: Mesh) -> np.ndarray:
    """Corners of the triangles in the world [T, 3, 3], m."""
    return mesh.vertices[mesh.triangles].astype(np.float64) + np.array(mesh.origin)


def normals_of(mesh: Mesh) -> np.ndarray:
    corners = corners_of(mesh)
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def highest_at(mesh: Mesh, x: float, y: float) -> float:
    """Where a ray from above meets a mesh, m; -inf where there is nothing."""
    found = [-np.inf]
    for a, b, c in corners_of(mesh):
        sides = np.column_stack((b - a, c - a))[:2]
        if abs(np.linalg.det(sides)) > 1e-12:
            u, v = np.linalg.solve(sides, np.array([x, y]) - a[:2])
            if min(u, v, 1.0 - u - v) >= -1e-9:
                found.append((a + u * (b - a) + v * (c - a))[2])
    return max(found)


def test_a_slope_is_read_back_to_the_last_bit():
    heights = np.random.default_rng(0).normal(size=(7, 5)).astype(np.float32)
    (mesh,) = ground_meshes(height_field(heights, 0.25))
    assert (normals_of(mesh)[:, 2] > 0.0).all()
    assert mesh.vertices.dtype == np.float32 and mesh.triangles.dtype == np.uint32
    (grid,) = pieces_of_mesh(mesh.vertices.flatten(), mesh.triangles.flatten(), Transform(Vec3(*mesh.origin)), 1.0)
    np.testing.assert_array_equal(grid.heights, heights)
    assert grid.cell == pytest.approx(0.25) and grid.corner == (-0.75, -0.5)


def test_boxes_are_closed_and_look_outwards():
    boxes = Boxes(np.array([[0.0, 0.0, 0.0], [3.0, 1.0, -1.0]]), np.array([[1.0, 2.0, 3.0], [5.0, 2.0, 0.0]]))
    mesh = boxes_mesh(boxes)
    corners, normals = corners_of(mesh).reshape(2, 12, 3, 3), normals_of(mesh).reshape(2, 12, 3)
    volumes = (corners[:, :, 0] * normals).sum(axis=(1, 2)) / 6.0  # by Gauss: all normals look outwards
    np.testing.assert_allclose(volumes, [6.0, 2.0])
    np.testing.assert_allclose(np.abs(normals).sum(axis=(1, 2)), [2 * 22.0, 2 * 10.0])  # twice the surfaces
    np.testing.assert_allclose(normals.sum(axis=1), 0.0, atol=1e-12)
    read = pieces_of_mesh(mesh.vertices.flatten(), mesh.triangles.flatten(), Transform(), 1.0)
    np.testing.assert_allclose([piece.centre - piece.half for piece in read], boxes.low)
    np.testing.assert_allclose([piece.centre + piece.half for piece in read], boxes.high)


def test_vertical_faces_and_ceilings_are_boxes():
    """A step of 0.2 m between the third and the fourth row lies midway between them; a bar hangs over one vertex."""
    heights = np.zeros((6, 4))
    heights[3:] = 0.2
    terrain: Any = height_field(heights, 0.1)
    ceiling = np.full(heights.shape, np.inf)
    ceiling[1, 1] = 0.5
    grid, boxes = ground_meshes(with_settings(type("Map", (), vars(terrain)), slope_threshold=0.75, ceiling=ceiling))
    low, high = -0.25 + 0.249, -0.25 + 0.251
    x = np.array([low, high])
    np.testing.assert_allclose(
        [max(highest_at(grid, each, 0.11), highest_at(boxes, each, 0.11)) for each in x], [0.0, 0.2], atol=1e-6
    )
    over = corners_of(boxes).reshape(-1, 3)
    bar = over[over[:, 2] > 0.3]
    np.testing.assert_allclose([bar.min(axis=0), bar.max(axis=0)], [[-0.2, -0.1, 0.5], [-0.1, 0.0, 1.5]], atol=1e-6)
