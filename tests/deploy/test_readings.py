"""What the sensors of one robot say."""

from typing import Any

import numpy as np
import pytest

from legged_gym.deploy.readings import Readings
from legged_gym.deploy.robot import Robot
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from tests.deploy.policies import go2_metadata, map_metadata, parsed, term

SENSORS = ["gyro", "gravity", "command", "dof_pos", "dof_vel", "base_lin_vel"]
COMMAND = np.array([0.5, 0.0, 0.1])


def robot_of(tmp_path: Any, **changes: Any) -> tuple[Any, Robot]:
    metadata = parsed(go2_metadata(**changes))
    metadata.terrain.mesh_type = "plane"
    return metadata, Robot(metadata, Terrain(metadata.terrain, 1), tmp_path)


def test_units_frames_and_signs(tmp_path: Any) -> None:
    """A Go2 rolled by 0.2 rad and yawed by 90 degrees that flies along the world's x and turns about the world's z."""
    metadata, robot = robot_of(tmp_path)
    readings = Readings(metadata, robot, None, SENSORS)
    velocity = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 2.0])
    robot.reset(np.array([0.0, 0.0, 1.0]), (0.2, 0.0, np.pi / 2), velocity, metadata.default_dof_pos)
    robot.dof_vel[3] = 0.7
    readings.begin(np.random.default_rng(0))
    seen = readings.read(COMMAND)
    assert list(seen) == ["command", "gyro", "gravity", "dof_pos", "dof_vel", "base_lin_vel"]
    c, s = np.cos(0.2), np.sin(0.2)  # the base's left side is up
    assert seen["gravity"] == pytest.approx([0.0, -s, -c])
    assert seen["gyro"] == pytest.approx([0.0, 2.0 * s, 2.0 * c])
    assert seen["base_lin_vel"] == pytest.approx([0.0, -c, s])
    assert seen["dof_pos"] == pytest.approx(metadata.default_dof_pos) and seen["dof_vel"][3] == pytest.approx(0.7)
    assert seen["command"] is COMMAND


def test_noise_is_that_of_the_declaration(tmp_path: Any) -> None:
    metadata, robot = robot_of(tmp_path, observations=[term("projected_gravity", 0.05), term("base_ang_vel")])
    readings = Readings(metadata, robot, None, ["gyro", "gravity"])
    robot.reset(np.array([0.0, 0.0, 1.0]), (0.0, 0.0, 0.3), np.zeros(6), metadata.default_dof_pos)
    readings.begin(np.random.default_rng(0))
    seen = [readings.read(COMMAND) for _ in range(4000)]
    gravity = np.array([reading["gravity"] for reading in seen]) - [0.0, 0.0, -1.0]
    assert np.abs(gravity).max() == pytest.approx(0.05, rel=0.01)
    assert gravity.std() == pytest.approx(0.05 / np.sqrt(3), rel=0.03)
    assert not any(reading["gyro"].any() for reading in seen)


def test_what_is_sensed_arrives_late_and_the_command_does_not(tmp_path: Any) -> None:
    metadata, robot = robot_of(tmp_path, observations=[term("dof_pos", 0.0, True), term("projected_gravity")])
    metadata.domain_rand.update(randomize_obs_delay=True, obs_delay_range=np.array([2, 2]))
    metadata.domain_rand.update(randomize_motor_zero=True, motor_zero_range=np.array([0.02, 0.02]))
    readings = Readings(metadata, robot, None, ["dof_pos", "gravity", "command"])
    robot.randomize(np.random.default_rng(0))
    robot.reset(np.array([0.0, 0.0, 1.0]), (0.0, 0.0, 0.0), np.zeros(6), np.zeros(12))
    readings.begin(np.random.default_rng(0))
    angles = []
    for step in range(5):
        robot.dof_pos[:] = 0.1 * step
        seen = readings.read(np.array([step, 0.0, 0.0]))
        angles.append(seen["dof_pos"][0])
        assert seen["command"][0] == step
    assert angles == pytest.approx([0.02, 0.02, 0.02, 0.12, 0.22])  # the encoders' zero is 0.02 rad off


def test_what_holds_targets_reads_the_joints_in_time(tmp_path: Any) -> None:
    """An A1's student lost every climb where its targets were held by angles of 40 ms ago."""
    metadata, robot = robot_of(tmp_path, observations=[term("dof_pos", 0.0, True), term("dof_vel", 0.0, True)])
    metadata.domain_rand.update(randomize_obs_delay=True, obs_delay_range=np.array([2, 2]))
    readings = Readings(metadata, robot, None, ["dof_pos", "dof_vel", "present_dof_pos", "present_dof_vel"])
    robot.randomize(np.random.default_rng(0))
    robot.reset(np.array([0.0, 0.0, 1.0]), (0.0, 0.0, 0.0), np.zeros(6), np.zeros(12))
    readings.begin(np.random.default_rng(0))
    for step in range(5):
        robot.dof_pos[:], robot.dof_vel[:] = 0.1 * step, -0.2 * step
        seen = readings.read(COMMAND)
    assert seen["dof_pos"][0] == pytest.approx(0.2) and seen["present_dof_pos"][0] == pytest.approx(0.4)
    assert seen["dof_vel"][0] == pytest.approx(-0.4) and seen["present_dof_vel"][0] == pytest.approx(-0.8)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dof_posn", "the reading 'dof_posn', which sim2sim has not; did you mean dof_pos"),
        ("feet_contact", "the reading 'feet_contact', which sim2sim has not"),
        ("height_map", "the reading 'height_map', which sim2sim has not"),
    ],
)
def test_readings_that_there_are_not(tmp_path: Any, name: str, message: str) -> None:
    metadata, robot = robot_of(tmp_path)
    with pytest.raises(UserError, match=message):
        Readings(metadata, robot, None, ["gyro", name])


def test_a_robot_that_is_not_the_controllers(tmp_path: Any) -> None:
    metadata = parsed(go2_metadata())
    metadata.joint_names.reverse()
    terrain = Terrain(metadata.terrain, 1)
    with pytest.raises(UserError, match="the policy's joints are RR_calf_joint, .* but those of .*go2.urdf are FL_hip"):
        Robot(metadata, terrain, tmp_path)
    with pytest.raises(UserError, match="the policy's physics step is 0.0025 s, that of its simulation 0.005 s"):
        Robot(parsed(go2_metadata(physics_dt=0.0025, decimation=8)), terrain, tmp_path)
    view = map_metadata("foot_scan")["map"] | {"feet": ["FL_paw"]}
    with pytest.raises(UserError, match="names the foot 'FL_paw', which .*go2.urdf has not"):
        Robot(parsed(map_metadata(map=view)), terrain, tmp_path)
