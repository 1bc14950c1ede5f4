"""The written controller: its form, its tensors, what it does with a map, and what it says of itself."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from legged_gym.export.controller_file import write_controller
from legged_gym.export.metadata import controller_metadata
from legged_gym.export.rehearsal import ControllerFile, check_controller, map_around
from legged_gym.utils.digest import KEY, is_sealed
from legged_gym.utils.errors import UserError
from tests.export.rehearsals import Rehearsal, TorchDriver


class Written:
    """A controller, the file made of it, and what the file says of itself."""

    def __init__(self, name: str, folder: Path) -> None:
        self.rehearsal = rehearsal = Rehearsal(name)
        self.path = folder / "policy.onnx"
        self.said = controller_metadata(
            rehearsal.env, rehearsal.policy, rehearsal.controller, rehearsal.provenance, None
        )
        write_controller(rehearsal.controller, self.path, self.said)
        self.model = onnx.load(self.path)


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    """It has all: histories, map, feet, network state, beliefs."""
    written = Written("go2_perceptive_student", tmp_path_factory.mktemp("student"))
    yield written
    written.rehearsal.env.close()


@pytest.fixture(scope="module")
def qmini(tmp_path_factory):
    """Frames, clock and estimate."""
    written = Written("qmini", tmp_path_factory.mktemp("qmini"))
    yield written
    written.rehearsal.env.close()


def test_older_runtimes_read_it(student: Written, qmini: Written) -> None:
    for written in (student, qmini):
        assert written.model.ir_version <= 9
        assert [(each.domain, each.version <= 18) for each in written.model.opset_import] == [("", True)]
        assert b".py" not in written.path.read_bytes()


def test_tensors_are_those_of_one_robot_and_as_the_metadata_says(student: Written, qmini: Written) -> None:
    def shapes(nodes: Any) -> list[tuple[str, list[Any]]]:
        return [
            (node.name, [dim.dim_param or dim.dim_value for dim in node.type.tensor_type.shape.dim]) for node in nodes
        ]

    for written in (student, qmini):
        for ports, nodes in (("inputs", written.model.graph.input), ("outputs", written.model.graph.output)):
            assert shapes(nodes) == [(port["name"], port["shape"]) for port in written.said[ports]]
    assert shapes(student.model.graph.input) == [
        ("gyro", [3]), ("gravity", [3]), ("command", [3]), ("dof_pos", [12]), ("dof_vel", [12]),
        ("height_map", ["rows", "cols"]), ("map_origin", [2]), ("map_resolution", [1]),
        ("base_pos", [3]), ("base_quat", [4]), ("state_in", [197]),
    ]  # fmt: skip
    assert shapes(student.model.graph.output) == [
        ("joint_targets", [12]), ("state_out", [197]), ("ok", [1]), ("actions", [12]), ("map_samples", [208, 3]),
        ("belief", [120]), ("decoded_heights", [4, 52]), ("gate", [96]),
    ]  # fmt: skip
    assert [name for name, _ in shapes(qmini.model.graph.input)] == [
        "gyro", "gravity", "command", "dof_pos", "dof_vel", "state_in",
    ]  # fmt: skip


def test_the_file_acts_as_the_environment_does(student: Written, qmini: Written) -> None:
    for written in (student, qmini):
        rehearsal = written.rehearsal
        assert check_controller(written.path, rehearsal.env, rehearsal.policy, rehearsal.controller) < 1e-4


def test_a_file_that_acts_differently_is_removed(qmini: Written, tmp_path: Path) -> None:
    model = onnx.load(qmini.path)
    biases = [part for part in model.graph.initializer if list(part.dims) == [10] and part.data_type == 1]
    for part in biases:
        part.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(part) + np.float32(2e-4), part.name))
    onnx.save(model, tmp_path / "policy.onnx")
    rehearsal = qmini.rehearsal
    with pytest.raises(UserError, match="policy.onnx was not exported: its output .* differs from the environment's"):
        check_controller(tmp_path / "policy.onnx", rehearsal.env, rehearsal.policy, rehearsal.controller)
    assert not (tmp_path / "policy.onnx").exists()


def readings(written: Written, seed: int, **maps: np.ndarray) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    given = {
        "gyro": rng.normal(size=3), "gravity": np.array([0.0, 0.6, -0.8]), "command": rng.normal(size=3),
        "dof_pos": rng.normal(size=12), "dof_vel": rng.normal(size=12), "base_pos": np.array([0.3, -0.2, 0.4]),
        "base_quat": np.array([0.0, 0.0, 0.6, 0.8]), "map_origin": np.array([-1.0, -1.5]),
        "map_resolution": np.array([0.1]), "height_map": rng.normal(0.0, 0.1, (25, 31)), **maps,
    }  # fmt: skip
    return {name: np.asarray(value, np.float32) for name, value in given.items()}


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_student_sees_unknown_ground_as_unknown(student: Written, share: float) -> None:
    """File and module agree about maps of any size with holes, and without a single known cell; nothing else is NaN."""
    file, module = ControllerFile(student.path), TorchDriver(student.rehearsal.controller)
    for seed, size in enumerate([(25, 31), (40, 33), (2, 2)]):
        rng = np.random.default_rng(seed)
        heights = np.where(rng.random(size) < share, np.nan, rng.normal(0.0, 0.1, size))
        given = readings(student, seed, height_map=heights)
        outputs, expected = file.step(given), module.step(given)
        for name, value in expected.items():
            np.testing.assert_allclose(outputs[name], value, atol=1e-4, err_msg=name)
        assert outputs["ok"].all() and all(
            np.isfinite(outputs[name]).all() for name in outputs if name != "map_samples"
        )
        unknown = np.isnan(outputs["map_samples"][:, 2])
        assert unknown.all() if share == 1.0 or size == (2, 2) else unknown.any() == (share > 0.0)
        assert (outputs["gate"] == 0.0).all() == unknown.all()  # nothing seen, nothing let in


@pytest.mark.parametrize("bad", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["gyro", "gravity", "command", "dof_pos", "dof_vel", "base_pos", "base_quat"])
def test_a_fault_is_told_and_never_felt(student: Written, name: str, bad: float) -> None:
    file, twin = ControllerFile(student.path), ControllerFile(student.path)
    good = readings(student, 0)
    broken = {**good, name: np.where(np.arange(len(good[name])) == 1, np.float32(bad), good[name])}
    first = file.step(broken)
    assert not first["ok"].any()
    np.testing.assert_allclose(first["joint_targets"], student.said["default_dof_pos"], atol=1e-6)
    assert not first["state_out"].any()
    (targets,) = {tuple(each.step(good)["joint_targets"]) for each in (file, twin)}
    later = file.step({**broken, "map_origin": np.full(2, bad, np.float32)})
    assert not later["ok"].any() and tuple(later["joint_targets"]) == targets
    assert all(np.isfinite(later[each]).all() for each in later if each != "map_samples")
    recovered, expected = file.step(good), twin.step(good)
    for each, value in expected.items():
        np.testing.assert_array_equal(recovered[each], value)


def test_a_map_of_the_terrain_and_one_of_other_cells_show_the_same_plane(student: Written) -> None:
    """A slope of a half along x: exact on any grid."""

    class Slope:
        horizontal_scale, origin_xy = 0.05, (-10.0, -10.0)
        heights = np.float32(0.5 * 0.05 * np.arange(401))[:, None] * np.ones(401, np.float32) - 5.0

    fine = map_around(Slope(), np.zeros(2))
    x = -2.0 + 0.4 * np.arange(11, dtype=np.float32)
    coarse = {"height_map": np.repeat(0.5 * x[:, None], 11, axis=1), "map_origin": np.float32([-2.0, -2.0])}
    coarse["map_resolution"] = np.float32([0.4])
    rows = [ControllerFile(student.path).step(readings(student, 0, **each)) for each in (fine, coarse)]
    np.testing.assert_allclose(rows[0]["map_samples"], rows[1]["map_samples"], atol=1e-5)
    np.testing.assert_allclose(rows[0]["map_samples"][:, 2], 0.5 * rows[0]["map_samples"][:, 0], atol=1e-5)
    np.testing.assert_allclose(rows[0]["joint_targets"], rows[1]["joint_targets"], atol=1e-4)


def test_the_metadata_is_plain_and_kept_bit_by_bit(student: Written, qmini: Written) -> None:
    for written in (student, qmini):
        kept = {entry.key: json.loads(entry.value) for entry in written.model.metadata_props}
        assert kept.pop(KEY) and is_sealed(written.path.read_bytes(), "policy.onnx")
        assert kept == json.loads(json.dumps(written.said, allow_nan=False))


def test_the_metadata_tells_of_the_robot(student: Written) -> None:
    said = student.said
    assert (said["format"], said["task"], said["deployable"], said["iteration"]) == (3, "go2_perceptive", True, 7)
    assert said["joint_names"][:3] == ["FL_hip_joint", "FL_thigh_joint", "FL_calf_joint"]
    assert said["joint_axes"][:3] == [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]]
    assert said["actuator"] == {"model": "pd", "stiffness": [20.0] * 12, "damping": [0.5] * 12}
    assert said["torque_limits"] == pytest.approx([23.7, 23.7, 35.55] * 4)
    assert said["dof_pos_limits"][2] == pytest.approx([-2.7227, -0.83776])
    assert (said["control_dt"], said["physics_dt"], said["decimation"]) == (0.02, 0.005, 4)
    assert said["action"] == {"scale": 0.25, "clip": 100.0, "target": "position", "names": said["joint_names"]}
    assert said["drive_modes"] == ["position"] * 12 and said["evaluation"] is None and said["history"] == 1
    assert [term["name"] for term in said["observations"]][-1] == "foot_scan"
    assert np.shape(said["map"]["points"]) == (52, 2) and said["map"]["feet"][0] == "FL_foot"
    assert said["training"]["commands"]["ranges"]["lin_vel_x"] == [-1.0, 1.0]
    assert said["simulation"]["map_noise"]["factor"] == 1.0


def test_the_metadata_tells_of_clock_and_estimate(qmini: Written) -> None:
    assert qmini.said["gait_clock"] == {"frequency": 2.0, "offsets": [0.0, 0.5]}
    assert qmini.said["estimate"] == [{"name": "base_lin_vel", "width": 3}, {"name": "feet_contact", "width": 2}]
    assert qmini.said["history"] == 5 and "map" not in qmini.said
