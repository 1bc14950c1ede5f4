"""Whatever is wrong with the map, the student walks on blind, and the log says why."""

import numpy as np
import pytest

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
