from pathlib import Path

import numpy as np
import pytest

from legged_gym.deploy.drives import Drives
from legged_gym.deploy.tiles import Tile
from legged_gym.deploy.trial import Setup, Simulation
from legged_gym.utils.errors import UserError
from tests.deploy import policies
from tests.deploy.policies import WriteController, go2_metadata, write_drives

FLAT = Tile(0, 0, 0)
TARGETS, ZERO = np.full(12, 0.1), np.zeros(12)


def test_remember_until_they_are_reset(tmp_path: Path) -> None:
    drives = Drives(write_drives(tmp_path / "drives.onnx", stiffness=20.0, damping=0.5, limit=1.8), 12)
    for _ in range(2):
        assert drives.torques(TARGETS, ZERO, ZERO) == pytest.approx(np.full(12, 0.9))  # half of the limit
        assert drives.torques(TARGETS, ZERO, np.ones(12)) == pytest.approx(np.full(12, 1.5))
        drives.reset()


def test_files_that_are_no_drives_of_the_robot(tmp_path: Path, write_controller: WriteController) -> None:
    with pytest.raises(UserError, match="the drives' file not found: .*missing.onnx"):
        Drives(tmp_path / "missing.onnx", 12)
    path = write_drives(tmp_path / "drives.onnx", 20.0, 0.5, 1.8)
    with pytest.raises(UserError, match="drives.onnx is not the drives of 11 joints"):
        Drives(path, 11)
    with pytest.raises(UserError, match="policy.onnx is not the drives of 12 joints") as stop:
        Drives(write_controller(), 12)
    assert "\n" not in str(stop.value)


def with_drives(folder: Path, strength: float = 1.0, zero: float = 0.0) -> Simulation:
    """A Go2 that holds its pose by drives of its own: PD of twice its gains."""
    metadata = go2_metadata(actuator={"model": "network", "file": "policy_drives.onnx"})
    metadata["simulation"]["control"]["actuator"]["model"] = "network"
    rand = metadata["simulation"]["domain_rand"]
    rand |= {"randomize_motor_strength": True, "motor_strength_range": [strength, strength]}
    rand |= {"randomize_motor_zero": True, "motor_zero_range": [zero, zero]}
    write_drives(folder / "policy_drives.onnx", 40.0, 1.0, 23.7)
    return Simulation(Setup(policies.write_controller(folder, metadata), "plane", command=(0.0, 0.0, 0.0)))


def test_a_robot_stands_on_drives_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulation = with_drives(tmp_path, strength=0.8, zero=0.05)
    robot = simulation.robot
    monkeypatch.setattr(simulation, "max_steps", 150)
    outcome = simulation.run(FLAT)
    assert outcome is not None and not outcome.fell and outcome.steps == 149
    # At rest: 0.8 times the spring of what the encoders, which are 0.05 rad off, are told.
    wanted = simulation.metadata.default_dof_pos - 0.05 - robot.dof_pos
    np.testing.assert_allclose(robot.torques, 0.8 * 40.0 * wanted, atol=0.1)
    assert np.abs(robot.torques).max() > 2.0


def test_torques_are_given_as_they_are_within_their_limits(tmp_path: Path) -> None:
    metadata = go2_metadata(
        actuator={"model": "torque"}, action={"target": "torque", "scale": 1.0}, default_dof_pos=[0.0] * 12
    )
    metadata["simulation"]["control"]["actuator"]["model"] = "torque"
    simulation = Simulation(Setup(policies.write_controller(tmp_path, metadata, bias=25.0), "plane"))
    simulation.run(FLAT, lambda command: False)
    np.testing.assert_allclose(simulation.robot.torques, [23.7, 23.7, 25.0] * 4)
