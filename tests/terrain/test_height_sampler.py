"""The sampler against bilinear values computed by hand, against its bounds, and against MuJoCo's rays."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

from types import SimpleNamespace
from typing import Any

import mujoco
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler, VertexSampler
from legged_gym.terrain.terrain import Terrain


def grid(heights: Any, cell: float) -> Any:
    """A terrain of given heights: all that the sampler reads."""
    return SimpleNamespace(heights=np.array(heights, dtype=np.float32), horizontal_scale=cell)


def small_config() -> TerrainCfg:
    cfg = TerrainCfg()
    cfg.num_rows, cfg.num_cols, cfg.border_size = 2, 5, 1.0
    cfg.difficulty_range = (0.8, 0.8)
    cfg.terrain_proportions = {"rough_slope": 0.4, "stairs_down": 0.2, "discrete": 0.2, "gap": 0.2}
    return cfg


TERRAIN = Terrain(small_config(), seed=3)
SAMPLER = HeightSampler(TERRAIN, "cpu", footprint=0.3)
ROWS, COLS = TERRAIN.heights.shape


def test_bilinear_by_hand() -> None:
    """Vertices at x = -1, 1 and y = -2, 0, 2."""
    sampler = HeightSampler(grid([[0.0, 1.0, 2.0], [4.0, 8.0, 16.0]], 2.0), "cpu")
    points = torch.tensor([[-1.0, -2.0], [1.0, 0.0], [0.0, -2.0], [-1.0, -1.0], [0.0, -1.0], [0.5, 1.5]])
    # the last: x 3/4, y 3/4 of its cell: 1/16 * 1 + 3/16 * 2 + 3/16 * 8 + 9/16 * 16
    expected = torch.tensor([0.0, 8.0, 2.0, 0.5, 3.25, 10.9375])
    torch.testing.assert_close(sampler.sample(points), expected, rtol=0, atol=1e-5)


def test_clamped_outside_by_hand() -> None:
    sampler = HeightSampler(grid([[0.0, 1.0, 2.0], [4.0, 8.0, 16.0]], 2.0), "cpu")
    points = torch.tensor([[-9.0, -9.0], [9.0, 9.0], [-9.0, 1.0], [0.0, 1e6], [1e6, -1.0]])
    torch.testing.assert_close(sampler.sample(points), torch.tensor([0.0, 16.0, 1.5, 9.0, 6.0]), rtol=0, atol=1e-4)


@pytest.mark.parametrize("shape", [(), (7,), (3, 5), (2, 3, 4), (0,)])
def test_any_shape_of_points(shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand((*shape, 2), generator=generator) * 10.0 - 5.0
    for look_up in (SAMPLER.sample, SAMPLER.sample_max):
        heights = look_up(points)
        assert heights.shape == shape and heights.dtype == torch.float32
        one_by_one = [look_up(point) for point in points.reshape(-1, 2)]
        assert heights.reshape(-1).tolist() == [height.item() for height in one_by_one]


def test_non_contiguous_points() -> None:
    states = torch.randn(6, 13, generator=torch.Generator().manual_seed(0))
    assert torch.equal(SAMPLER.sample(states[:, :2]), SAMPLER.sample(states[:, :2].clone()))


@given(i=st.integers(0, ROWS - 1), j=st.integers(0, COLS - 1))
def test_grid_nodes(i: int, j: int) -> None:
    """A node's height; the position is known to 2e-4 of a cell and the steepest face, a gap's, is 2 m high."""
    point = torch.tensor(TERRAIN.origin_xy) + torch.tensor([i, j]) * TERRAIN.horizontal_scale
    near = TERRAIN.heights[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2]
    tolerance = 1e-6 + 2e-4 * float(near.max() - near.min())
    assert abs(SAMPLER.sample(point).item() - TERRAIN.heights[i, j]) <= tolerance


@given(i=st.integers(0, ROWS - 2), j=st.integers(0, COLS - 2), u=st.floats(0.01, 0.99), v=st.floats(0.01, 0.99))
def test_between_the_corners_and_bilinear(i: int, j: int, u: float, v: float) -> None:
    cell = TERRAIN.horizontal_scale
    point = torch.tensor([TERRAIN.origin_xy[0] + (i + u) * cell, TERRAIN.origin_xy[1] + (j + v) * cell])
    corners = TERRAIN.heights[i : i + 2, j : j + 2].astype(float)
    height = SAMPLER.sample(point).item()
    assert corners.min() - 1e-6 <= height <= corners.max() + 1e-6
    expected = np.array([1 - u, u]) @ corners @ np.array([1 - v, v])
    assert abs(height - expected) <= 1e-6 + 4e-4 * np.ptp(corners)


@given(x=st.floats(-1e3, 1e3), y=st.floats(-1e3, 1e3))
def test_clamped_outside(x: float, y: float) -> None:
    half = -torch.tensor(TERRAIN.origin_xy)
    point = torch.tensor([x, y])
    inside = torch.minimum(torch.maximum(point, -half), half)
    assert SAMPLER.sample(point).item() == pytest.approx(SAMPLER.sample(inside).item(), abs=1e-3)


@given(x=st.floats(-9.0, 9.0), y=st.floats(-21.0, 21.0))
def test_sample_max_bounds_the_footprint(x: float, y: float) -> None:
    """Not below any ground of the 0.6 m square, not above the highest of a square two cells wider."""
    highest = SAMPLER.sample_max(torch.tensor([x, y])).item()
    offsets = torch.linspace(-0.3, 0.3, 25)
    square = torch.stack(torch.meshgrid(x + offsets, y + offsets, indexing="ij"), dim=-1)
    assert highest >= SAMPLER.sample(square).max().item() - 1e-3
    wide = [(value - start) / 0.05 for value, start in zip((x, y), TERRAIN.origin_xy, strict=True)]
    (i, j), (i_end, j_end) = ([max(0, int(np.floor(w - 8.01))) for w in wide], [int(np.ceil(w + 8.01)) for w in wide])
    assert highest <= TERRAIN.heights[i : i_end + 1, j : j_end + 1].max() + 1e-6


def test_sample_max_by_hand() -> None:
    """One peak at the centre of 21 x 21 vertices 0.1 m apart, footprint 0.3 m: seen 0.3 m away, not 0.55 m."""
    heights = np.zeros((21, 21))
    heights[10, 10] = 1.0
    sampler = HeightSampler(grid(heights, 0.1), "cpu", footprint=0.3)
    points = torch.tensor([[0.0, 0.0], [0.29, -0.29], [-0.3, 0.3], [0.55, 0.0], [0.0, -0.55], [9.0, 9.0]])
    assert sampler.sample_max(points).tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]


def test_sample_max_at_origins_reaches_their_height() -> None:
    """An origin's height is the highest within 1 m, so that of a footprint of 1 m there is at least as high."""
    origins = torch.from_numpy(TERRAIN.env_origins)
    highest = HeightSampler(TERRAIN, "cpu", footprint=1.0).sample_max(origins[..., :2])
    assert (highest >= origins[..., 2]).all()


def test_plane() -> None:
    cfg = TerrainCfg()
    cfg.mesh_type = "plane"
    sampler = HeightSampler(Terrain(cfg, 0), "cpu")
    points = torch.tensor([[0.0, 0.0], [-999.0, 999.0], [5e3, -5e3]])
    assert sampler.sample(points).tolist() == [0.0] * 3 and sampler.sample_max(points).tolist() == [0.0] * 3


def ray_heights(terrain: Terrain, points: np.ndarray) -> np.ndarray:
    """Heights [n] where rays from above at `points` [n, 2] meet the map as a MuJoCo height field."""
    rows_x, cols_y = terrain.heights.shape
    low, high = float(terrain.heights.min()), float(terrain.heights.max())
    half_x, half_y = ((n - 1) * terrain.horizontal_scale / 2 for n in (rows_x, cols_y))
    spec = mujoco.MjSpec()
    data = (terrain.heights.T.astype(float) - low) / (high - low)  # MuJoCo: rows along y, columns along x
    spec.add_hfield(name="map", nrow=cols_y, ncol=rows_x, size=[half_x, half_y, high - low, 1.0], userdata=data.ravel())
    centre = [terrain.origin_xy[0] + half_x, terrain.origin_xy[1] + half_y, low]
    spec.worldbody.add_geom(type=mujoco.mjtGeom.mjGEOM_HFIELD, hfieldname="map", pos=centre)
    model = spec.compile()
    state = mujoco.MjData(model)
    mujoco.mj_forward(model, state)
    down, geom = np.array([0.0, 0.0, -1.0]), np.zeros(1, dtype=np.int32)
    starts = np.column_stack([points, np.full(len(points), 10.0)])
    return np.array([10.0 - mujoco.mj_ray(model, state, start, down, None, 1, -1, geom) for start in starts])


def test_agrees_with_mujoco_rays() -> None:
    """Within 1 mm where a cell is plane; elsewhere (engines split a cell into two triangles) within its corners."""
    rng = np.random.default_rng(0)
    heights, cell, half = TERRAIN.heights, TERRAIN.horizontal_scale, -np.array(TERRAIN.origin_xy)
    all_twists = np.abs(heights[:-1, :-1] + heights[1:, 1:] - heights[1:, :-1] - heights[:-1, 1:])
    twisted = rng.choice(np.argwhere(all_twists > 0.05), 300)
    anywhere = np.floor(rng.uniform(0.0, np.array(heights.shape) - 1, size=(3000, 2))).astype(int)
    i, j = np.concatenate([twisted, anywhere]).T
    points = (np.column_stack([i, j]) + rng.uniform(0.01, 0.99, size=(3300, 2))) * cell - half
    rays = ray_heights(TERRAIN, points)
    samples = SAMPLER.sample(torch.from_numpy(points).float()).numpy()

    corners = np.stack([heights[i, j], heights[i + 1, j], heights[i, j + 1], heights[i + 1, j + 1]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    plane, level = all_twists[i, j] < 1e-3, high - low < 0.02
    assert (plane & level).sum() > 1000 and (plane & ~level).sum() > 50
    assert np.abs(rays - samples)[plane & level].max() < 1e-3
    assert (np.abs(rays - samples) <= 1e-3 + 1e-3 * (high - low))[plane].all()
    for surface in (rays, samples):
        assert ((surface >= low - 1e-3) & (surface <= high + 1e-3)).all()


def test_vertices_are_looked_up_by_the_nearest() -> None:
    """Of 0.05 m cells: 0.02 m off a vertex it is that one, 0.03 m off the next; infinities stay what they are."""
    values = np.full(TERRAIN.heights.shape, -np.inf, np.float32)
    values[40, 60], values[0, 0] = 0.25, 7.0
    sampler = VertexSampler(values, TERRAIN, "cpu")
    x, y = (40 * 0.05 + TERRAIN.origin_xy[0], 60 * 0.05 + TERRAIN.origin_xy[1])
    points = [[x, y], [x + 0.02, y - 0.02], [x + 0.03, y], [x, y - 0.03], [-1000.0, -1000.0]]
    assert sampler.sample(torch.tensor(points)).tolist() == [0.25, 0.25, -np.inf, -np.inf, 7.0]
    flags = VertexSampler(values == 0.25, TERRAIN, "cpu").sample(torch.tensor([points, points]))
    assert flags.shape == (2, 5) and flags[1].tolist() == [1.0, 1.0, 0.0, 0.0, 0.0]
