"""Heights and meshes of small grids, by hand."""

import numpy as np
import pytest

from isaacgym import terrain_utils as terrains
from isaacgym.terrain_utils import SubTerrain


def ground(width: int = 20, length: int = 20) -> SubTerrain:
    """Cells of 0.1 m, steps of 5 mm."""
    return SubTerrain("test", width=width, length=length, vertical_scale=0.005, horizontal_scale=0.1)


@pytest.fixture(autouse=True)
def seeded():
    np.random.seed(0)


def test_noise_is_of_whole_steps_and_linear_between_what_is_drawn():
    heights = terrains.random_uniform_terrain(ground(), -0.05, 0.05, step=0.025).height_field_raw
    assert set(np.unique(heights)) == {-10, -5, 0, 5, 10} and heights.dtype == np.int16
    coarse = terrains.random_uniform_terrain(ground(21, 21), -0.5, 0.5, 0.5, downsampled_scale=0.7).height_field_raw
    corners, middle = coarse[[0, 0, -1, -1], [0, -1, 0, -1]], coarse[10, 10]
    assert coarse.shape == (21, 21) and set(corners) <= {-100, 0, 100} and set([middle]) <= {-100, 0, 100}
    assert coarse[5, 0] == np.rint((coarse[0, 0] + coarse[10, 0]) / 2)


def test_slopes():
    """0.4 over a width of 2 m is 0.8 m, 160 steps; the hill is half as wide, and level at the top for 1 m."""
    ramp = terrains.sloped_terrain(ground(), 0.4).height_field_raw
    assert ramp[:, 0].tolist() == [8 * row for row in range(20)] and (ramp == ramp[:, :1]).all()
    hill = terrains.pyramid_sloped_terrain(ground(), 0.4, platform_size=1.0).height_field_raw
    assert hill[0].max() == 0 and hill[5, 5] == hill[10, 10] == 80 * 0.5 * 0.5 and hill[2, 10] == 16
    basin = terrains.pyramid_sloped_terrain(ground(), -0.4, platform_size=1.0).height_field_raw
    assert basin[10, 10] == -20 and basin.max() == 0


def test_stairs():
    """Treads of 3 cells and risers of 20 steps, to a platform of 4 cells at most."""
    up = terrains.pyramid_stairs_terrain(ground(), 0.3001, 0.1001, 0.4001).height_field_raw
    assert up[:, 10].tolist() == [0] * 3 + [20] * 3 + [40] * 3 + [60] * 2 + [40] * 3 + [20] * 3 + [0] * 3
    straight = terrains.stairs_terrain(ground(), 0.5001, -0.1001).height_field_raw
    assert straight[::5, 0].tolist() == [-20, -40, -60, -80] and straight[4, 7] == -20


def test_waves():
    """Two waves of 0.2 m from valley to top along each axis: 20 steps up and down, 40 together."""
    waves = terrains.wave_terrain(ground(40, 40), num_waves=2, amplitude=0.2001).height_field_raw
    assert waves[0, 0] == 20 and waves[5, 0] == 40 and waves[15, 0] == 0 and waves[15, 10] == -40


def test_obstacles_stones_gaps_and_pits():
    rects = terrains.discrete_obstacles_terrain(ground(60, 60), 0.1, 0.5, 1.0, 20, platform_size=1.0).height_field_raw
    assert set(np.unique(rects)) == {-20, -10, 0, 10, 20} and not rects[25:35, 25:35].any()
    stones = terrains.stepping_stones_terrain(ground(60, 60), 0.5, 0.2, 0.0, 1.0, depth=-1.0).height_field_raw
    assert set(np.unique(stones)) == {-200, -1, 0} and not stones[25:35, 25:35].any()
    assert (stones[:, 5:7] == -200).all() and (stones[:, 0] == -1).mean() > 0.6
    tall = terrains.stepping_stones_terrain(ground(60, 30), 0.5, 0.2, 0.0, 1.0, depth=-1.0).height_field_raw
    assert (tall[5:7] == -200).all()
    gap = terrains.gap_terrain(ground(), 0.2001, 1.0).height_field_raw
    assert gap[10].tolist() == [0] * 3 + [-1000] * 2 + [0] * 10 + [-1000] * 2 + [0] * 3
    pit = terrains.pit_terrain(ground(), 0.5, 1.0).height_field_raw
    assert pit[10].tolist() == [0] * 5 + [-100] * 10 + [0] * 5


def test_a_mesh_of_two_by_three_vertices():
    heights = np.array([[0, 1, 2], [3, 4, 5]], dtype=np.int16)
    vertices, triangles = terrains.convert_heightfield_to_trimesh(heights, 0.5, 0.1)
    assert vertices.dtype == np.float32 and triangles.dtype == np.uint32
    assert vertices[[0, 2, 3]] == pytest.approx(np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.2], [0.5, 0.0, 0.3]]))
    assert triangles.tolist() == [[0, 4, 1], [0, 3, 4], [1, 5, 2], [1, 4, 5]]
    normals = np.cross(
        vertices[triangles[:, 1]] - vertices[triangles[:, 0]], vertices[triangles[:, 2]] - vertices[triangles[:, 0]]
    )
    assert (normals[:, 2] > 0.0).all()


def test_vertices_below_steep_faces_move_under_those_above():
    """A step up along x between rows 1 and 2, and a pillar: its diagonal neighbours move across."""
    step = np.zeros((4, 3), dtype=np.int16)
    step[2:] = 10
    vertices, _ = terrains.convert_heightfield_to_trimesh(step, 0.1, 0.01, slope_threshold=0.75)
    x = vertices[:, 0].reshape(4, 3)
    assert x[:, 0] == pytest.approx([0.0, 0.2, 0.2, 0.3]) and (x == x[:, :1]).all()
    down, _ = terrains.convert_heightfield_to_trimesh(step[::-1], 0.1, 0.01, slope_threshold=0.75)
    assert down[:, 0].reshape(4, 3)[:, 0] == pytest.approx([0.0, 0.1, 0.1, 0.3])
    pillar = np.zeros((3, 3), dtype=np.int16)
    pillar[1, 1] = 10
    moved, _ = terrains.convert_heightfield_to_trimesh(pillar, 0.1, 0.01, slope_threshold=0.75)
    at = moved.reshape(3, 3, 3)[..., :2]
    assert at[0, 0] == pytest.approx([0.1, 0.1]) and at[2, 2] == pytest.approx([0.1, 0.1])
    assert at[0, 1] == pytest.approx([0.1, 0.1]) and at[0, 2] == pytest.approx([0.0, 0.2])
    gentle, _ = terrains.convert_heightfield_to_trimesh(step, 0.1, 0.01, slope_threshold=1.0)
    assert gentle[:, 0].reshape(4, 3)[:, 0] == pytest.approx([0.0, 0.1, 0.2, 0.3])
