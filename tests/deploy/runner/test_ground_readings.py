"""Whatever is wrong with the map, the student walks on blind, and the log says why."""

from dataclasses import replace

import numpy as np
import pytest

from legged_gym.config.io import instantiate
from legged_gym.deploy.runner.config import RunnerCfg
from legged_gym.deploy.runner.ground_readings import BLIND, GroundReadings
from legged_gym.deploy.runner.messages import BasePose, GroundMap
from legged_gym.deploy.runner.phases import Phase
from tests.deploy.runner.loop import STUDENT, Loop

FAULTS = {
    "no height map": {"no_map": True},
    "the height map is old": {"old_map": True},
    "map and pose are in the frames 'map' and 'odom'": {"map_frame": "map"},
    "the height map is empty": {"empty_map": True},
}


@pytest.mark.parametrize("says", FAULTS)
def test_a_faulty_map(says, caplog):
    caplog.set_level("INFO")
    loop = Loop(STUDENT)
    begins_so = says == "no height map"
    loop.robot.faults.no_map = begins_so
    loop.walk(0.5)
    assert ("walking by the height map" in caplog.text) != begins_so
    for name, value in FAULTS[says].items():
        setattr(loop.robot.faults, name, value)
    loop.run(1.0)
    assert f"walking blind: {says}" in caplog.text
    assert loop.machine.phase is Phase.WALK and loop.robot.tilt < 0.3
    assert np.isnan(loop.controller.outputs["map_samples"][:, 2]).all()
    loop.robot.faults = type(loop.robot.faults)()
    loop.run(0.5)
    assert caplog.text.rstrip().endswith("walking by the height map")
    assert np.isfinite(loop.controller.outputs["map_samples"][:, 2]).all()


def test_a_map_is_seen_where_it_is():
    """The robot stands on level ground at 0: what is told of the ground is 0 everywhere, in the map's frame."""
    loop = Loop(STUDENT)
    loop.walk(0.5)
    samples = loop.controller.outputs["map_samples"]
    np.testing.assert_allclose(samples[:, 2], 0.0, atol=1e-6)
    np.testing.assert_allclose(samples[:, :2].mean(axis=0), loop.robot.position[:2], atol=0.15)


GROUND = GroundMap(0, 10.0, 5.0, "odom", np.zeros((20, 30)), np.array([-1.0, -1.5]), 0.1)
POSE = BasePose(0, 10.0, 5.0, "odom", np.array([0.0, 0.0, 0.3]), np.array([0.0, 0.0, 0.0, 1.0]))


class Messages:
    def __init__(self, ground=GROUND, pose=POSE) -> None:
        self.map, self.pose = ground, pose


@pytest.mark.parametrize(
    ("ground", "pose", "fault"),
    [
        ({}, None, "no pose of the base"),
        ({"time": 9.3}, {}, "the height map is old"),
        ({}, {"time": 9.8}, "the pose in the map is old"),
        ({}, {"frame": "map"}, "in the frames 'odom' and 'map'"),
        ({}, {"stamp": 5.6}, "the height map is 0.6 s older than the pose"),
        ({"stamp": 5.6}, {}, "the height map is -0.6 s older than the pose"),  # of another clock, and of any time
        ({"stamp": np.nan}, {}, "the height map is nan s older"),
        ({"stamp": np.inf}, {}, "the height map is -inf s older"),
        ({}, {"position": np.array([0.0, np.nan, 0.3])}, "the pose in the map is none"),
        ({}, {"quat": np.zeros(4)}, "the pose in the map is none"),
        ({}, {"position": np.array([0.95, 0.0, 0.3])}, "outside"),  # the last cell's centre is at 0.9 m
        ({}, {"position": np.array([0.0, -1.55, 0.3])}, "outside"),
        ({"heights": np.full((20, 30), np.nan)}, {}, "the height map is empty"),
        ({"heights": np.full((20, 30), 5.0e7)}, {}, "the height map is empty"),
        ({"heights": np.full((20, 30), -3.0)}, {}, "the height map is empty"),  # 3.3 m below the base
        ({"resolution": np.inf}, {}, "the height map has cells of inf m"),
        ({"resolution": np.nan}, {}, "the height map has cells of nan m"),
        ({"resolution": 0.0}, {}, "the height map has cells of 0 m"),
        ({"resolution": 0.5}, {}, "the height map has cells of 0.5 m"),
        ({"origin": np.array([np.nan, 0.0])}, {}, "outside"),
        ({"origin": np.array([np.inf, 0.0])}, {}, "outside"),
    ],
)
def test_what_is_not_believed(ground, pose, fault, caplog):
    messages = Messages(replace(GROUND, **ground), None if pose is None else replace(POSE, **pose))
    assert GroundReadings(instantiate(RunnerCfg)).read(messages, 10.0) is BLIND
    assert fault in caplog.text


def test_what_is_believed():
    readings = GroundReadings(instantiate(RunnerCfg)).read(Messages(), 10.05)
    assert np.array_equal(readings["height_map"], GROUND.heights) and readings["map_resolution"].tolist() == [0.1]
    assert readings["map_origin"] is GROUND.origin and readings["base_quat"] is POSE.quat


def test_single_cells_that_are_no_ground_are_unknown():
    heights = GROUND.heights.copy()
    heights[3, 4], heights[5, 6] = 1.0e5, -2.0
    readings = GroundReadings(instantiate(RunnerCfg)).read(Messages(replace(GROUND, heights=heights)), 10.05)
    assert np.isnan(readings["height_map"][3, 4]) and readings["height_map"][5, 6] == -2.0
    assert np.isfinite(readings["height_map"]).sum() == heights.size - 1
