from pathlib import Path
from typing import Any

import numpy as np
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.utils.errors import UserError
from tests.deploy.policies import JOINTS, WriteController, go2_metadata, map_metadata, retell, tensors

UPRIGHT = {"gravity": np.array([0.0, 0.0, -1.0])}
DEFAULT = np.array(go2_metadata()["default_dof_pos"])


def test_readings_to_targets(write_controller: WriteController) -> None:
    weights = np.zeros((3, 12))
    weights[2, 1], weights[0, 0] = -0.5, 2.0
    controller = Controller(write_controller(weights=weights, bias=0.1))
    targets = controller.step({"gravity": [0.1, 0.0, -1.0], "gyro": np.zeros(3)})
    assert targets - DEFAULT == pytest.approx([0.3, 0.6, *[0.1] * 10]) and controller.ok
    assert controller.readings == ["gravity"]


def test_carries_its_state_until_it_is_reset(write_controller: WriteController) -> None:
    controller = Controller(write_controller(growth=0.5))
    assert [controller.step(UPRIGHT)[0] - DEFAULT[0] for _ in range(3)] == pytest.approx([0.0, 0.5, 1.0], abs=1e-6)
    controller.reset()
    assert controller.step(UPRIGHT)[0] == pytest.approx(DEFAULT[0])


def test_a_reading_that_is_not_finite_gives_the_last_targets(write_controller: WriteController) -> None:
    controller = Controller(write_controller(growth=0.5))
    for _ in range(2):
        last = controller.step(UPRIGHT).copy()
    for bad in (np.nan, np.inf):
        np.testing.assert_array_equal(controller.step({"gravity": [0.0, bad, -1.0]}), last)
        assert not controller.ok
    assert controller.step(UPRIGHT)[0] == pytest.approx(DEFAULT[0] + 1.0) and controller.ok


def test_readings_are_checked(write_controller: WriteController) -> None:
    controller = Controller(write_controller(map_metadata()))
    place = {"map_origin": [0, 0], "map_resolution": [0.1], "base_pos": [0, 0, 0.3], "base_quat": [0, 0, 0, 1]}
    for size in ((3, 5), (40, 2)):
        controller.step({**UPRIGHT, **place, "height_map": np.zeros(size)})
    with pytest.raises(UserError, match=r"'height_map' has the shape \[5\], policy.onnx takes \['R', 'C'\]"):
        controller.step({**UPRIGHT, **place, "height_map": np.zeros(5)})
    with pytest.raises(UserError, match=r"'gravity' has the shape \[4\], policy.onnx takes \[3\]"):
        controller.step({"gravity": np.zeros(4)})
    garbage: Any
    for garbage in ("text", {"a": 1}, [0, [1], 2]):
        with pytest.raises(UserError, match="'gravity' is no array of numbers, but"):
            controller.step({"gravity": garbage})
    with pytest.raises(UserError, match="needs the reading 'gravity'; did you mean gravty"):
        controller.step({"gravty": np.zeros(3)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inputs": tensors({"gravity": [3]})}, "its metadata has no input 'state_in'"),
        ({"outputs": tensors({"joint_targets": [12], "state_out": [13]})}, "its metadata has no output 'ok'"),
        ({"state": {"size": 12}}, r"its input 'state_in' has the shape \[13\], not \[12\]"),
        ({"control_dt": 0.01}, "its control step of 0.01 s is not 4 physics steps of 0.005 s"),
        ({"map": map_metadata()["map"]}, "a height map and its view go together"),
    ],
)
def test_a_graph_that_is_not_what_its_metadata_tells_of_is_refused(
    write_controller: WriteController, changes: dict, message: str
) -> None:
    path = write_controller()
    written = go2_metadata() | changes
    retell(path, written)
    with pytest.raises(UserError, match=message):
        Controller(path)


def test_joints_fewer_than_the_graphs(write_controller: WriteController) -> None:
    fewer = {"joint_names": JOINTS[:11], "default_dof_pos": [0.0] * 11, "torque_limits": [1.0] * 11}
    actuator = {"model": "pd", "stiffness": [20.0] * 11, "damping": [0.5] * 11}
    path = write_controller()
    retell(path, go2_metadata() | fewer | {"actuator": actuator})
    with pytest.raises(UserError, match=r"its output 'joint_targets' has the shape \[12\], not \[11\]"):
        Controller(path)


def test_a_missing_file_and_a_file_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="policy not found"):
        Controller(tmp_path / "missing.onnx")
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(UserError, match="is no ONNX model") as stop:
        Controller(tmp_path / "text.onnx")
    assert "\n" not in str(stop.value)
