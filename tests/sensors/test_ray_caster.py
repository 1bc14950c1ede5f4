"""Depths of rays by hand, for both ways to cast them, and their agreement."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from legged_gym.sensors.ray_caster_factory import make_ray_caster
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.math import quat_from_rpy
from tests.sensors.ray_scenes import CASTERS, CELL, cast, caster_class, ground_map

AHEAD = (0.0, 0.0)
LEVEL = np.zeros((81, 41))
"""Vertices of 4 x 2 m of level ground."""


def wall(height: float) -> np.ndarray:
    """Level ground, and from x = 1 m on ground that is higher."""
    heights = LEVEL.copy()
    heights[60:] = height
    return heights


@pytest.mark.parametrize("name", CASTERS)
class TestByHand:
    def test_level_ground(self, name: str) -> None:
        """0.4 m over it, pitched down by 30 degrees: the depth is h / sin, and less for lower pixels."""
        depths = cast(name, ground_map(LEVEL), [AHEAD, (0.0, -0.5), (0.3, 0.0), (0.0, 0.6)], (0.0, 0.0, 0.4), 30.0)
        lower = 0.4 / (0.5 + 0.5 * math.cos(math.pi / 6))
        assert depths == pytest.approx([0.8, lower, 0.8, 3.0], abs=1e-5)

    def test_a_plane(self, name: str) -> None:
        """The terrain without a map, 90 m from its middle."""
        plane: Any = Terrain(Plane(), 0)
        assert cast(name, plane, [AHEAD], (90.0, -60.0, 0.4), 30.0) == pytest.approx([0.8], abs=1e-4)

    def test_the_wall_stands_half_way_between_its_vertices(self, name: str) -> None:
        """At x = 0.975 m; all over it the depth, along the camera's axis, is the same."""
        terrain = ground_map(wall(1.0), threshold=0.95)
        depths = cast(name, terrain, [AHEAD, (0.4, 0.2), (-0.4, -0.1), (0.0, 0.8)], (0.0, 0.0, 0.3))
        assert depths == pytest.approx([0.975, 0.975, 0.975, 3.0], abs=1e-5)

    def test_without_vertical_faces_it_is_a_ramp(self, name: str) -> None:
        """It rises from x = 0.95 by 1 m within a cell: 0.3 m up at 0.965."""
        assert cast(name, ground_map(wall(1.0)), [AHEAD], (0.0, 0.0, 0.3)) == pytest.approx([0.965], abs=1e-5)

    def test_a_step_has_a_riser_and_a_tread(self, name: str) -> None:
        """The step is 0.2 m high; a ray that falls by 1/10 meets the riser, one by 1/20 the tread."""
        terrain = ground_map(wall(0.2), threshold=0.95)
        depths = cast(name, terrain, [(0.0, -0.12), (0.0, -0.08)], (0.0, 0.0, 0.3))
        assert depths == pytest.approx([0.975, 0.1 / 0.08], abs=1e-5)

    def test_from_behind_the_edge_of_a_step_the_lower_ground_is_hidden(self, name: str) -> None:
        """Looking back from 0.2 m over the step, 0.225 m behind its edge: what passes the edge lands 0.225 m on."""
        terrain = ground_map(wall(0.2), threshold=0.95)
        depths = cast(name, terrain, [(0.0, -0.9), (0.0, -0.8)], (1.2, 0.0, 0.4), yaw=180.0)
        assert depths == pytest.approx([0.2 / 0.9, 0.4 / 0.8], abs=1e-5)

    def test_a_bar_has_a_front_an_underside_and_a_top(self, name: str) -> None:
        """Vertices at 0.5 and 0.55 m hang 0.3 m up: the bar reaches from 0.475 to 0.575 m, and 1.3 m high."""
        ceiling = np.full(LEVEL.shape, np.inf)
        ceiling[50:52] = 0.3
        terrain = ground_map(LEVEL, ceiling=ceiling)
        below = cast(name, terrain, [AHEAD, (0.0, 0.5), (0.0, 0.19)], (0.0, 0.0, 0.2))
        assert below == pytest.approx([3.0, 0.475, 0.1 / 0.19], abs=1e-5)
        assert cast(name, terrain, [(0.0, -0.4), (0.0, -1.0)], (0.0, 0.0, 1.5)) == pytest.approx([0.5, 0.475], abs=1e-5)

    def test_a_smooth_cell_is_two_triangles(self, name: str) -> None:
        """The vertex at (0, 0) is 4 cm high, its neighbours 0. A quarter of a cell beside it along x it falls to 3 cm,
        and on both axes, in the cell whose diagonal ends there, too; across the other diagonal to 2 cm.
        """
        heights = np.zeros((9, 9))
        heights[4, 4] = 0.04
        quarter = CELL / 4
        for x, y, height in ((quarter, 0.0, 0.03), (quarter, quarter, 0.03), (quarter, -quarter, 0.02)):
            assert cast(name, ground_map(heights), [AHEAD], (x, y, 1.0), 90.0) == pytest.approx(
                [1.0 - height], abs=1e-5
            )

    def test_beyond_the_map_there_is_nothing(self, name: str) -> None:
        terrain = ground_map(np.zeros((9, 9)))
        assert cast(name, terrain, [AHEAD], (0.0, 0.0, 0.4), 30.0) == [3.0]
        assert cast(name, terrain, [AHEAD], (0.3, 0.0, 0.4), 90.0) == [3.0]

    def test_cameras_that_are_not_active_keep_what_they_saw(self, name: str) -> None:
        caster = caster_class(name)(ground_map(LEVEL), torch.tensor([AHEAD]), 2, 3.0)
        caster.positions[:, 2] = torch.tensor([0.4, 0.5])
        caster.rotations.copy_(quat_from_rpy(*torch.tensor([[0.0], [math.pi / 2], [0.0]]).expand(3, 2)))
        caster.active.copy_(torch.tensor([False, True]))
        caster.cast()
        assert caster.depths[:, 0].tolist() == pytest.approx([3.0, 0.5], abs=1e-5)
        caster.active.zero_()  # of few robots nobody takes an image in some steps
        caster.cast()
        assert caster.depths[:, 0].tolist() == pytest.approx([3.0, 0.5], abs=1e-5)


class Plane(TerrainCfg):
    mesh_type = "plane"


class AllKinds(TerrainCfg):
    """A tile each of rough ground, of vertical faces, and of ceilings."""

    num_rows, num_cols = 1, 6
    difficulty_range = (0.5, 0.5)
    slope_threshold = 0.95
    terrain_proportions = dict.fromkeys(("rough_slope", "stairs_up", "discrete", "crawl", "tilt", "wave"), 1.0)


def random_cameras(terrain: Terrain, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cameras 0.2 to 0.6 m over the ground of random tiles, looking anywhere but up [count, 3], [count, 4]."""
    generator = np.random.default_rng(0)
    origins = terrain.env_origins.reshape(-1, 3)
    positions = origins[np.arange(count) % len(origins)] + generator.uniform((-3, -3, 0.2), (3, 3, 0.6), (count, 3))
    angles = generator.uniform((-0.3, -0.3, -math.pi), (0.3, 1.0, math.pi), (count, 3))
    rotations = quat_from_rpy(*torch.tensor(angles, dtype=torch.float32).unbind(dim=1))
    return torch.tensor(positions, dtype=torch.float32), rotations


def test_both_ways_agree() -> None:
    terrain = Terrain(AllKinds(), 0)
    lines = torch.linspace(-0.9, 0.9, 13)
    rays = torch.cartesian_prod(lines, lines)
    seen = []
    for name in CASTERS:
        caster = caster_class(name)(terrain, rays, 60, 3.0)
        for live, values in zip((caster.positions, caster.rotations), random_cameras(terrain, 60), strict=True):
            live.copy_(values)
        caster.scales.copy_(torch.linspace(0.5, 1.2, 60))
        caster.cast()
        seen.append(caster.depths)
    assert (seen[0] < 3.0).float().mean() > 0.5
    difference = (seen[0] - seen[1]).abs()
    assert (difference > 1e-4).float().mean() < 1e-3  # rays that graze an edge


def test_without_warp_torch_does_it_and_tells(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert type(make_ray_caster(ground_map(LEVEL), torch.zeros(1, 2), 1, 1.0)).__name__ == "TorchRayCaster"
    assert len(caplog.messages) == 1 and "pip install -e '.[gpu]'" in caplog.messages[0]
