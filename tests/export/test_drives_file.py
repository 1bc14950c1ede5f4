"""Drives as files of their own: the network of ANYmal's, a late PD law, and torques as they are told."""

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from legged_gym.actuators.network_actuator import NetworkActuator
from legged_gym.actuators.pd import DelayedPD
from legged_gym.actuators.torque import DirectTorque
from legged_gym.export import drives_file
from legged_gym.export.drives_file import nominal_drives, write_drives
from legged_gym.sim.config import ControlCfg
from legged_gym.utils.errors import UserError


def nominal(**settings: Any) -> Any:
    cfg = ControlCfg()
    actuator = cfg.actuator()
    for name, value in settings.items():
        setattr(actuator, name, value)
    robot = SimpleNamespace(
        stiffness=np.array([10.0, 20.0]), damping=np.array([0.5, 1.0]), torque_limits=np.array([30.0, 5.0]),
        dof_names=["hip", "knee"],
    )  # fmt: skip
    env_cfg = SimpleNamespace(control=SimpleNamespace(actuator=actuator))
    return nominal_drives(SimpleNamespace(cfg=env_cfg, sim=SimpleNamespace(robot=robot, physics_dt=0.005)))


class File:
    def __init__(self, path: Any) -> None:
        self._session = onnxruntime.InferenceSession(str(path))
        self.shapes = {node.name: node.shape for node in self._session.get_inputs()}
        self._state = np.zeros(self.shapes["state_in"], np.float32)

    def step(self, *given: list[float]) -> list[float]:
        names = ("joint_targets", "dof_pos", "dof_vel")
        inputs = {name: np.float32(value) for name, value in zip(names, given, strict=True)}
        torques, self._state = self._session.run(["torques", "state_out"], {**inputs, "state_in": self._state})
        return torques.tolist()


def test_the_engines_pd_needs_no_file() -> None:
    assert nominal(model="pd") is None


def test_targets_come_late_by_the_middle_of_the_trained_delays(tmp_path: Any) -> None:
    actuator = nominal(model="delayed_pd", delay_range=[0, 2])
    assert isinstance(actuator, DelayedPD)
    write_drives(actuator, tmp_path / "drives.onnx", {"physics_dt": 0.005})
    file = File(tmp_path / "drives.onnx")
    # The first target is the pose; after it they come one step late. Torque = kp (target - q) - kd qd within +-limit.
    assert file.step([1.0, 1.0], [0.5, 0.25], [0.0, 2.0]) == pytest.approx([0.0, -2.0])
    assert file.step([0.0, 0.0], [0.5, 0.25], [0.0, 0.0]) == pytest.approx([5.0, 5.0])  # 15 without the limit
    assert file.step([0.0, 0.0], [0.5, 0.25], [1.0, 0.0]) == pytest.approx([-5.5, -5.0])
    model = onnx.load(tmp_path / "drives.onnx")
    assert model.ir_version <= 9 and all(each.version <= 18 for each in model.opset_import)
    assert json.loads(model.metadata_props[0].value) == 0.005


def test_torques_are_what_is_told_within_the_limits(tmp_path: Any) -> None:
    actuator = nominal(model="torque")
    assert isinstance(actuator, DirectTorque)
    write_drives(actuator, tmp_path / "drives.onnx", {})
    assert File(tmp_path / "drives.onnx").step([7.0, -7.0], [0.0, 0.0], [0.0, 0.0]) == [7.0, -5.0]


def test_a_network_remembers(tmp_path: Any) -> None:
    """ANYmal's, step by step against the network itself."""
    actuator = nominal(model="network", network_file="{ROOT}/resources/actuator_nets/anymal_c_lstm.pt")
    assert isinstance(actuator, NetworkActuator)
    write_drives(actuator, tmp_path / "drives.onnx", {})
    file, network = File(tmp_path / "drives.onnx"), actuator._network
    state = network.initial_state(2, "cpu")
    for step in range(5):
        torques, state = network(torch.tensor([0.02, 0.005]), torch.tensor([0.1 * step, -0.2]), state)
        expected = torques.clamp(torch.tensor([-30.0, -5.0]), torch.tensor([30.0, 5.0])).tolist()
        found = file.step([0.12, 0.105], [0.1, 0.1], [0.1 * step, -0.2])
        assert found == pytest.approx(expected, abs=1e-4)


def test_a_file_that_acts_differently_is_removed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drives_file, "_largest_difference", lambda *args: 1.0e-3)
    with pytest.raises(UserError, match="drives.onnx was not exported: its torques differ by 1.0e-03"):
        write_drives(nominal(model="torque"), tmp_path / "drives.onnx", {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_whose_torques_are_no_numbers_is_refused(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the first of them: the largest of 0 and NaN was 0."""

    class Sick(onnxruntime.InferenceSession):
        steps = 0

        def run(self, *given: Any) -> Any:
            self.steps += 1
            torques, state = super().run(*given)
            return np.asarray(torques) * np.float32(np.nan if self.steps == 5 else 1.0), state

    monkeypatch.setattr(drives_file.onnxruntime, "InferenceSession", Sick)
    with pytest.raises(UserError, match="its torques differ by nan"):
        write_drives(nominal(model="delayed_pd"), tmp_path / "drives.onnx", {"physics_dt": 0.005})
    assert not (tmp_path / "drives.onnx").exists()
