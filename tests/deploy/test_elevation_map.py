"""The map around a Go2, in the middle of a terrain."""

from typing import Any

import numpy as np
import pytest

from legged_gym.deploy.elevation_map import ElevationMap, MapQuality, make_map
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.map_pose import PERFECT
from legged_gym.deploy.robot import Robot
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from tests.deploy.policies import go2_metadata, map_metadata, parsed, term

PLACE = np.array([6.513, 4.0, 0.9])
"""On the way up a stair of level 1, m."""
YAW = 0.7


def map_of(metadata: dict[str, Any], tmp_path: Any, quality: MapQuality | None = None) -> tuple[ElevationMap, Robot]:
    data = parsed(metadata)
    terrain = Terrain(data.terrain, 1)
    robot = Robot(data, terrain, tmp_path)
    elevation_map = make_map(data, robot, Ground(terrain), quality or MapQuality("none"))
    assert elevation_map is not None
    robot.reset(PLACE, (0.0, 0.0, YAW), np.zeros(6), data.default_dof_pos)
    elevation_map.begin(np.random.default_rng(0))
    return elevation_map, robot


def test_shows_the_terrain_around_the_robot(tmp_path: Any) -> None:
    elevation_map, robot = map_of(map_metadata("foot_scan", "go2_perceptive"), tmp_path)
    seen = elevation_map.read()
    terrain = Terrain(parsed(map_metadata()).terrain, 1)
    origin, cell = seen["map_origin"], seen["map_resolution"][0]
    x, y = np.rint((origin - np.array(terrain.origin_xy)) / 0.05).astype(int)
    rows, columns = seen["height_map"].shape
    np.testing.assert_allclose(seen["height_map"], terrain.heights[x : x + rows, y : y + columns], atol=1e-6)
    assert cell == 0.05 and np.ptp(seen["height_map"]) > 0.1
    end = origin + cell * (np.array([rows, columns]) - 1)
    assert (origin <= PLACE[:2] - 1.2).all() and (end >= PLACE[:2] + 1.2).all()  # 0.2 m around feet 1 m away
    np.testing.assert_allclose(seen["base_pos"], PLACE)
    np.testing.assert_allclose(seen["base_quat"], [0.0, 0.0, np.sin(YAW / 2), np.cos(YAW / 2)], atol=1e-12)  # xyzw
    expected = [[0.19, 0.14], [0.19, -0.14], [-0.19, 0.14], [-0.19, -0.14]]
    np.testing.assert_allclose(robot.nominal_feet, expected, atol=0.1)


def test_a_foots_offset_turns_with_the_robot(tmp_path: Any) -> None:
    """Per-foot noise alone: at a foot's place in the world the map is off by that foot's draw."""
    metadata = map_metadata("foot_scan", "go2_perceptive")
    z = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    metadata["simulation"]["map_noise"] = {
        "conditions": {"one": {"probability": 1.0, "z": z}}, "length_scale": 1.0, "missing_probability": 0.0, **PERFECT,
    }  # fmt: skip
    elevation_map, robot = map_of(metadata, tmp_path, MapQuality())
    perfect, _ = map_of(metadata, tmp_path)
    seen = elevation_map.read()
    error = seen["height_map"] - perfect.read()["height_map"]
    turn = np.array([[np.cos(YAW), -np.sin(YAW)], [np.sin(YAW), np.cos(YAW)]])
    cells = np.rint((PLACE[:2] + robot.nominal_feet @ turn.T - seen["map_origin"]) / 0.05).astype(int)
    expected = np.random.default_rng(0).standard_normal((4, 3))[:, 2]
    np.testing.assert_allclose(error[tuple(cells.T)], expected, atol=0.15)


def test_comes_late_with_the_pose_that_belongs_to_it(tmp_path: Any) -> None:
    elevation_map, robot = map_of(map_metadata(), tmp_path, MapQuality("none", latency=0.04))
    seen = []
    for step in range(4):
        robot.position[0] = PLACE[0] + 0.1 * step
        seen.append(elevation_map.read())
    assert [reading["base_pos"][0] - PLACE[0] for reading in seen] == pytest.approx([0.0, 0.0, 0.0, 0.1])
    assert seen[3]["map_origin"][0] - seen[0]["map_origin"][0] == pytest.approx(0.1)
    elevation_map.begin(np.random.default_rng(0))
    assert elevation_map.read()["base_pos"][0] == pytest.approx(PLACE[0] + 0.3)


def test_a_trained_policys_map_comes_as_in_its_training(tmp_path: Any) -> None:
    """Every 0.06 s, made 0.02 s before; a latency that is asked for takes the place of both."""
    metadata = map_metadata("foot_scan", "go2_perceptive")
    metadata["simulation"]["map_noise"] |= {"latency_range": [0.02, 0.02], "period_range": [0.06, 0.06]}

    def places(quality: MapQuality) -> list[float]:
        elevation_map, robot = map_of(metadata, tmp_path, quality)
        seen = []
        for step in range(8):
            robot.position[0] = PLACE[0] + step
            seen.append(round(float(elevation_map.read()["base_pos"][0] - PLACE[0]), 6))
        return seen

    assert places(MapQuality()) == [0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 6.0]
    assert places(MapQuality(latency=0.04)) == [0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert places(MapQuality("nominal")) == [float(step) for step in range(8)]


def test_the_poses_error_wanders_within_its_deviation(tmp_path: Any) -> None:
    """Two errors a drift time apart have the correlation 1/e."""
    metadata = map_metadata("foot_scan", "go2_perceptive")
    metadata["simulation"]["map_noise"] |= {"drift": [0.05, 0.02], "drift_time": 0.04}
    elevation_map, _ = map_of(metadata, tmp_path, MapQuality())
    errors = np.array([elevation_map.read()["base_pos"] - PLACE for _ in range(1600)])
    np.testing.assert_allclose(errors.std(axis=0), [0.05, 0.05, 0.02], rtol=0.1)
    correlation = (errors[2:] * errors[:-2]).mean(axis=0) / errors.var(axis=0)
    np.testing.assert_allclose(correlation, np.exp(-1.0), atol=0.12)


def test_no_map(tmp_path: Any) -> None:
    elevation_map, _ = map_of(map_metadata(), tmp_path, MapQuality(missing=True))
    seen = elevation_map.read()
    assert np.isnan(seen["height_map"]).all() and np.isfinite(seen["base_pos"]).all()


def test_a_height_scans_noise_is_that_of_its_term_or_a_conditions(tmp_path: Any) -> None:
    metadata = map_metadata(observations=[term("height_scan", 0.1)])
    perfect = map_of(metadata, tmp_path)[0].read()["height_map"]
    trained = map_of(metadata, tmp_path, MapQuality())[0].read()["height_map"] - perfect
    assert 0.09 < np.abs(trained).max() <= 0.1 and trained.std() == pytest.approx(0.1 / np.sqrt(3.0), rel=0.1)
    noisy = map_of(metadata, tmp_path, MapQuality("small"))[0].read()["height_map"] - perfect
    assert np.isfinite(noisy).all() and noisy.std() > 0.004


def test_the_condition_changes_when_it_is_told_to(tmp_path: Any) -> None:
    elevation_map, _ = map_of(map_metadata("foot_scan", "go2_perceptive"), tmp_path, MapQuality())
    assert elevation_map._faults is not None
    conditions = set()
    for _ in range(60):
        elevation_map.change_condition()
        conditions.add(elevation_map._faults.parameters)
    assert len(conditions) == 3


def test_a_policy_without_a_map(tmp_path: Any) -> None:
    data = parsed(go2_metadata())
    terrain = Terrain(data.terrain, 1)
    robot, ground = Robot(data, terrain, tmp_path), Ground(terrain)
    assert make_map(data, robot, ground, MapQuality()) is None
    with pytest.raises(UserError, match="reads no map: leave out --map_noise"):
        make_map(data, robot, ground, MapQuality(latency=0.1))
