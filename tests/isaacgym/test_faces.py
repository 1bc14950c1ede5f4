"""Vertical faces between the cells of a grid, and spheres at them on MuJoCo Warp."""

import math

import numpy as np
import pytest
import torch

from isaacgym import gymapi
from isaacgym.faces import cell_corners
from isaacgym.grids import pasted
from isaacgym.meshes import pieces_of_mesh
from isaacgym.terrain_utils import convert_heightfield_to_trimesh
from tests.isaacgym.worlds import GRAVITY, SPHERE, World, world

STEP = 0.2
"""Height of the block, m."""
RADIUS = 0.1


def block() -> np.ndarray:
    """Level ground, 4 m by 4 m, with a block from x = 0.5 m on."""
    raw = np.zeros((41, 41), dtype=np.int16)
    raw[25:] = round(STEP / 0.005)
    return raw


def mesh(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return convert_heightfield_to_trimesh(raw, 0.1, 0.005, 0.75)


def test_a_cell_below_a_face_is_low_up_to_it():
    """A straight face, an inner and an outer corner: low cells are level, and so are high ones."""
    assert cell_corners(np.array([[0.0, 0.0], [1.0, 1.0]]), 0.5).tolist() == [[[[0.0, 0.0], [0.0, 0.0]]]]
    assert not cell_corners(np.array([[0.0, 1.0], [1.0, 1.0]]), 0.5).any()
    assert not cell_corners(np.array([[0.0, 0.0], [0.0, 1.0]]), 0.5).any()
    assert cell_corners(np.array([[1.0, 1.2], [1.1, 1.4]]), 0.5).ravel().tolist() == [1.0, 1.2, 1.1, 1.4]
    sloping = cell_corners(np.array([[0.0, 0.1], [1.0, 1.3]]), 0.5)[0, 0]
    assert sloping.tolist() == [[0.0, 0.1], [0.0, 0.1]]


def test_meshes_tell_from_what_rise_on_edges_are_vertical():
    (grid,) = pieces_of_mesh(*mesh(block()), gymapi.Transform(), 1.0)
    assert 0.0 <= grid.steep < 0.01
    gentle = block()
    gentle[:10, 1::2] = 10  # 5 cm over a cell of 10 cm: not steep
    (grid,) = pieces_of_mesh(*mesh(gentle), gymapi.Transform(), 1.0)
    assert grid.steep == pytest.approx(0.05, abs=1e-4)
    (level,) = pieces_of_mesh(*mesh(np.zeros((4, 4), dtype=np.int16)), gymapi.Transform(gymapi.Vec3(4.1)), 1.0)
    assert level.steep == math.inf and pasted([grid, level]).steep == grid.steep


def spheres(folder, engine: str, monkeypatch, count: int) -> World:
    """Frictionless spheres above the ground."""
    monkeypatch.setenv("ISAACGYM_ENGINE", engine)

    def smooth(gym, asset, index):
        shapes = gym.get_asset_rigid_shape_properties(asset)
        shapes[0].friction = 0.0
        gym.set_asset_rigid_shape_properties(asset, shapes)

    made = world(folder, SPHERE, count=count, ground=False, spread=smooth)
    vertices, triangles = mesh(block())
    params = gymapi.TriangleMeshParams()
    params.transform.p = gymapi.Vec3(-2.0, -2.0, 0.0)
    params.static_friction = params.dynamic_friction = 0.0
    made.gym.add_triangle_mesh(made.sim, vertices.flatten(), triangles.flatten(), params)
    return made.prepare()


@pytest.fixture
def at_the_wall(tmp_path, monkeypatch) -> World:
    """Four spheres, the block's face at x = 0.5 m: before it, under its edge, over its edge and beside all."""
    pytest.importorskip("mujoco_warp")
    made = spheres(tmp_path, "mujoco_warp", monkeypatch, 4)
    made.roots[:, :3] = torch.tensor(
        [[0.35, 0.0, RADIUS], [0.42, 0.3, RADIUS], [0.48, 0.0, STEP + RADIUS - 0.01], [0.3, 0.0, RADIUS]]
    )
    made.set_roots()
    return made


def test_a_face_stands_where_the_mesh_has_it(at_the_wall):
    """One at 8 cm from the face, with a radius of 10 cm, is pushed away from it level; one at 15 cm is not touched."""
    at_the_wall.run(1)
    push = at_the_wall.contacts
    assert push[0, 0].abs() < 1e-4 and push[3, 0].abs() < 1e-4
    assert push[1, 0] < -50.0 and abs(float(push[1, 2])) < 2.5 * 2.0 * GRAVITY
    assert at_the_wall.contacts[:, 1].abs().max() < 1e-3
    # Over the edge, which is nearest: 2 cm beside and 9 cm below the centre.
    assert push[2, 0] / push[2, 2] == pytest.approx(-0.02 / 0.09, abs=0.025)  # friction is 0.02


def test_a_sphere_that_rolls_against_a_face_stops_there(tmp_path, monkeypatch):
    """On MuJoCo Warp the face stands at 0.5 m; on MuJoCo C it is a ramp from 0.45 m on, which a slow sphere meets."""
    pytest.importorskip("mujoco_warp")
    stops = []
    for engine in ("mujoco_warp", "mujoco"):
        rolling = spheres(tmp_path, engine, monkeypatch, 1)
        rolling.roots[0, :3], rolling.roots[0, 7] = torch.tensor([0.2, 0.02, RADIUS]), 0.5
        rolling.set_roots()
        rolling.run(5)
        places = []
        for _ in range(80):
            rolling.run(1)
            places.append(float(rolling.roots[0, 0]))
        stops.append(max(places))
    assert stops[0] == pytest.approx(0.5 - RADIUS, abs=0.01), stops
    assert 0.34 < stops[1] < stops[0] + 0.01
