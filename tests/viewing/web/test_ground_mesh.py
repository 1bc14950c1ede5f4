"""The ground as triangles against the map that it is of."""

import numpy as np
import pytest

from legged_gym.terrain.boxes import Boxes
from legged_gym.viewing.web.ground_mesh import GroundPatch, Triangles, joined, of_boxes
from legged_gym.viewing.web.messages import Ground

SCALE = 0.25


def ground(heights, **more):
    rows, cols = heights.shape
    origin = (-(rows - 1) * SCALE / 2, -(cols - 1) * SCALE / 2)
    return Ground(heights.astype(np.float32), SCALE, origin, is_plane=False, **more)


def height_at(mesh: Triangles, x: float, y: float) -> float:
    """Highest point of a mesh over a place, by barycentric coordinates; minus infinity: there is none."""
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    u, v, w = b - a, c - a, np.array([x, y]) - a[:, :2]
    area = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    steep = area == 0.0
    area[steep] = 1.0
    s = (w[:, 0] * v[:, 1] - w[:, 1] * v[:, 0]) / area
    t = (u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) / area
    inside = ~steep & (s >= -1e-9) & (t >= -1e-9) & (s + t <= 1 + 1e-9)
    return float((a[:, 2] + s * u[:, 2] + t * v[:, 2])[inside].max(initial=-np.inf))


def whole(parts) -> Triangles:
    return joined(parts["light"], parts["dark"])


def test_slopes_are_where_the_map_has_them():
    rows = np.arange(161) * SCALE
    tilted = ground(0.2 * rows[:, None] + 0.1 * rows[None, :])
    mesh = whole(GroundPatch(tilted).follow(np.array([3.0, -2.0, 0.0])))
    for x, y in ((3.0, -2.0), (8.1, 4.3), (-4.6, -9.9)):
        assert height_at(mesh, x, y) == pytest.approx(0.2 * (x + 20.0) + 0.1 * (y + 20.0), abs=1e-5)
    assert height_at(mesh, -15.0, 0.0) == -np.inf  # not all of the map


def test_the_patch_moves_only_when_the_robot_leaves_its_middle_and_ends_with_the_map():
    patch = GroundPatch(ground(np.zeros((161, 161))))
    assert patch.follow(np.array([0.0, 0.0, 0.3])) is not None
    assert patch.follow(np.array([2.9, -2.9, 0.3])) is None
    assert patch.follow(np.array([4.0, 0.0, 0.3])) is not None
    corner = whole(patch.follow(np.array([20.0, 20.0, 0.3])))
    assert corner.vertices[:, :2].max() == pytest.approx(20.0) and height_at(corner, 19.9, 19.9) == 0.0


def test_vertical_faces_stand_half_way_between_their_vertices():
    heights = np.zeros((81, 81))
    heights[44:] = 0.3  # from x = 1.0
    mesh = whole(GroundPatch(ground(heights, slope_threshold=0.8)).follow(np.zeros(3)))
    assert height_at(mesh, 0.87, 0.1) == pytest.approx(0.0, abs=1e-6)
    assert height_at(mesh, 0.88, 0.1) == pytest.approx(0.3, abs=1e-6)


def test_squares_of_a_metre_take_turns_and_together_are_all_of_it():
    parts = GroundPatch(ground(np.zeros((81, 81)))).follow(np.zeros(3))
    assert parts is not None
    for x, y, name in ((0.5, 0.5, "light"), (1.5, 0.5, "dark"), (1.5, 1.5, "light"), (-0.5, 0.5, "dark")):
        other = {"light": "dark", "dark": "light"}[name]
        assert height_at(parts[name], x, y) == 0.0 and height_at(parts[other], x, y) == -np.inf


def test_ceilings_hang_where_the_map_has_them():
    ceiling = np.full((81, 81), np.inf)
    ceiling[40:45, 38:43] = 0.4
    parts = GroundPatch(ground(np.zeros((81, 81)), ceiling=ceiling)).follow(np.zeros(3))
    assert parts is not None
    low, high = parts["ceiling"].vertices.min(axis=0), parts["ceiling"].vertices.max(axis=0)
    assert low == pytest.approx([-0.125, -0.625, 0.4]) and high == pytest.approx([1.125, 0.625, 1.4])


def test_boxes_are_closed_and_face_outwards():
    mesh = of_boxes(Boxes(np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]]), np.array([[1.0, 2.0, 3.0], [6.0, 1.0, 1.0]])))
    a, b, c = mesh.vertices[mesh.faces].transpose(1, 0, 2)
    assert np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0 == pytest.approx(6.0 + 1.0)  # divergence theorem
