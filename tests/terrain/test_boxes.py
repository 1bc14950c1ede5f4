"""Boxes for vertical faces and ceilings, against the definition evaluated point by point."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from legged_gym.terrain.boxes import Boxes, box_ceiling, box_ground
from robust_parallel.physics.height_field import CEILING_THICKNESS

CELL, STEP, ORIGIN = 0.1, 0.06, (-3.0, 2.0)

sizes = array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9)
maps = arrays(np.float32, sizes, elements=st.sampled_from([0.0, 0.05, 0.3, -1.0]))
ceilings = arrays(np.float32, sizes, elements=st.sampled_from([np.inf, 0.5, 2.0]))
seeds = st.integers(0, 2**32 - 1)


def corner_heights(heights: np.ndarray, i: int, j: int) -> np.ndarray:
    return heights[i : i + 2, j : j + 2]


def is_blocky(corners: np.ndarray) -> bool:
    """Of a cell with these vertices [2, 2]."""
    (a, b), (c, d) = corners
    return max(abs(a - b), abs(c - d), abs(a - c), abs(b - d)) > STEP


def over(boxes: Boxes, x: float, y: float) -> np.ndarray:
    """Which boxes [K] a point of the map lies under or in, in cells from the first vertex."""
    point = np.array(ORIGIN) + CELL * np.array([x, y])
    return np.all((boxes.low[:, :2] < point) & (point < boxes.high[:, :2]), axis=1)


def inside(rng: np.random.Generator) -> float:
    """A place within a cell that is not on its outline or mid-line."""
    return rng.choice([0.0, 0.5]) + rng.uniform(0.01, 0.49)


@settings(max_examples=300, deadline=None)
@given(maps, seeds)
def test_the_ground_is_as_defined(heights: np.ndarray, seed: int):
    """Exact in blocky and level cells; sloping ones have either no box and their own field, or boxes at their vertices.

    The field is nowhere above its box, which reaches below it, and no place has two boxes.
    """
    rng = np.random.default_rng(seed)
    ground = box_ground(heights, STEP, CELL, ORIGIN)
    boxes, field = ground.boxes, ground.field
    assert (field <= heights).all() and (boxes.low < boxes.high).all()
    for i, j in np.ndindex(heights.shape[0] - 1, heights.shape[1] - 1):
        u, v = inside(rng), inside(rng)
        found = over(boxes, i + u, j + v)
        corners, beneath = corner_heights(heights, i, j), corner_heights(field, i, j)
        height = corners[round(u), round(v)]
        assert found.sum() <= 1
        if found.any():
            assert boxes.high[found, 2] == height
            assert boxes.low[found, 2] < beneath.min()
            assert is_blocky(corners) or np.ptp(corners) == 0.0 or (beneath < corners).any()
        elif is_blocky(corners):
            assert (beneath == height).all()
        else:
            assert (beneath == corners).all()
        if is_blocky(corners):
            assert beneath.max() <= corners.min()


@settings(max_examples=100, deadline=None)
@given(ceilings, seeds)
def test_a_ceiling_covers_the_square_around_its_vertex(ceiling: np.ndarray, seed: int):
    rng = np.random.default_rng(seed)
    boxes = box_ceiling(ceiling, CELL, ORIGIN)
    for i, j in np.ndindex(*ceiling.shape):
        found = over(boxes, i + rng.uniform(-0.49, 0.49), j + rng.uniform(-0.49, 0.49))
        assert found.sum() == np.isfinite(ceiling[i, j])
        assert (boxes.low[found, 2] == ceiling[i, j]).all()
        assert (boxes.high[found, 2] == ceiling[i, j] + CEILING_THICKNESS).all()


def test_smooth_ground_needs_no_box():
    slope = np.tile(0.055 * np.arange(9.0, dtype=np.float32), (5, 1))
    ground = box_ground(slope, STEP, CELL, ORIGIN)
    assert not len(ground.boxes)
    np.testing.assert_array_equal(ground.field, slope)
    assert not len(box_ceiling(np.full((5, 9), np.inf, dtype=np.float32), CELL, ORIGIN))


def test_a_step_by_hand():
    """0 up to x = 2, 0.3 from x = 3 to 6, then a slope: the face is at 2.5 cells, the box ends where the slope begins.

    The field is level under the box, but for the edge of the slope.
    """
    heights = np.zeros((12, 8), dtype=np.float32)
    heights[3:7], heights[7:] = 0.3, np.linspace(0.31, 0.35, 5)[:, None]
    ground = box_ground(heights, STEP, CELL, (0.0, 0.0))
    np.testing.assert_allclose(ground.boxes.low, [[0.25, 0.0, -1.0]])
    np.testing.assert_allclose(ground.boxes.high, [[0.6, 0.7, 0.3]], rtol=1e-6)
    np.testing.assert_array_equal(ground.field, np.where(np.arange(12) > 5, heights.T, 0.0).T)


def test_wide_ground_stays_field():
    """The step again, with 5 m behind it and 4 m wide: the box ends where the field is level again."""
    heights = np.zeros((53, 41), dtype=np.float32)
    heights[3:] = 0.3
    ground = box_ground(heights, STEP, CELL, (0.0, 0.0))
    np.testing.assert_allclose(ground.boxes.low, [[0.25, 0.0, -1.0]])
    np.testing.assert_allclose(ground.boxes.high, [[0.4, 4.0, 0.3]], rtol=1e-6)
    np.testing.assert_array_equal(ground.field, np.where(np.arange(53) > 3, heights.T, 0.0).T)


def test_where_a_slope_touches_a_face_it_is_of_steps():
    """A slope of 5 cm a cell up along y, 0.3 above the ground from x = 3 on: steps up to x = 4, field beyond."""
    heights = np.zeros((8, 5), dtype=np.float32)
    heights[3:] = 0.3 + 0.05 * np.arange(5)
    ground = box_ground(heights, STEP, CELL, (0.0, 0.0))
    np.testing.assert_allclose(ground.boxes.low, [[0.25, max(0.1 * k - 0.05, 0.0), -1.0] for k in range(5)])
    np.testing.assert_allclose(ground.boxes.high, [[0.4, min(0.1 * k + 0.05, 0.4), 0.3 + 0.05 * k] for k in range(5)])
    np.testing.assert_array_equal(ground.field[4:], heights[4:])


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_a_stone_is_one_box_as_wide_as_its_vertices(size: int):
    heights = np.full((5 * (size + 2) + 1, 4 * (size + 2) + 1), -2.0, dtype=np.float32)
    for i in range(5):
        for j in range(4):
            x, y = i * (size + 2) + 1, j * (size + 2) + 1
            heights[x : x + size, y : y + size] = 0.0
    boxes = box_ground(heights, STEP, CELL, ORIGIN).boxes
    assert len(boxes) == 20
    np.testing.assert_allclose((boxes.high - boxes.low)[:, :2], size * CELL)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_ring_of_stairs_is_four_boxes(sign: float):
    """Three treads of six cells around a platform: the way up is four boxes a tread and the platform, down only treads.

    On the way down, the field has to sink at the inner ends of the ground around and of two treads.
    """
    distance = np.minimum(np.arange(49), np.arange(49)[::-1])
    rings = np.minimum(np.minimum(distance[:, None], distance[None, :]) // 6, 3)
    boxes = box_ground((0.1 * sign * rings).astype(np.float32), STEP, CELL, ORIGIN).boxes
    tops = Counter(boxes.high[:, 2].round(1).tolist())
    assert tops == ({0.1: 4, 0.2: 4, 0.3: 1} if sign > 0 else {0.0: 4, -0.1: 4, -0.2: 4})
