"""Metadata that is not as it has to be ends in one line that names the place, before any trial."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from legged_gym.deploy.metadata import parse
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import POLICIES
from tests.deploy.policies import go2_metadata, map_metadata, parsed, term

NEEDED = [
    "joint_names", "default_dof_pos", "torque_limits", "control_dt", "physics_dt", "decimation", "action", "actuator",
    "observations", "inputs", "outputs", "state", "simulation", "task",
]  # fmt: skip
SECTIONS = ["init_state", "commands", "domain_rand", "termination"]


def test_what_is_told() -> None:
    metadata = parsed(map_metadata("foot_scan", "go2_perceptive", observations=[term("base_ang_vel", 0.2, True)]))
    assert metadata.drives_file == "" and metadata.target == "position"
    assert metadata.noise["gyro"].spread == 0.2 and metadata.noise["gyro"].late
    assert metadata.map is not None and metadata.map.points.shape == (2, 2) and len(metadata.map.feet) == 4
    assert metadata.map_noise["conditions"]["noisy"]["probability"] == 0.1
    assert metadata.asset.name == "go2" and metadata.sim.dt == 0.005 and metadata.state_size == 13


def test_the_noise_of_a_height_scan_is_the_maps() -> None:
    metadata = parsed(map_metadata(observations=[term("height_scan", 0.1)]))
    assert metadata.map_spread == 0.1 and metadata.map_noise == {}


@pytest.mark.parametrize(
    ("noise", "spread"), [({}, 0.2), ({"noise_level": 0.5}, 0.1), ({"add_noise": False, "noise_level": 0.5}, 0.0)]
)
def test_noise_is_that_of_the_training(noise: dict[str, Any], spread: float) -> None:
    training = go2_metadata()["simulation"] | {"noise": noise}
    training = {name: training[name] for name in ("commands", "domain_rand", "noise", "terrain")}
    observations = [term("base_ang_vel", 0.2), term("height_scan", 0.2)]
    metadata = parsed(map_metadata(observations=observations, training=training))
    assert metadata.noise["gyro"].spread == metadata.map_spread == spread


@pytest.mark.parametrize("name", NEEDED)
def test_a_missing_key_is_named(name: str) -> None:
    metadata = go2_metadata()
    del metadata[name]
    assert refusal(metadata) == f"test.onnx: in its metadata {name} is missing; export the policy again with play.py"


@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_of_a_trial_is_needed(section: str) -> None:
    """A missing one was a KeyError in the first trial."""
    needed = parsed(go2_metadata()).__getattribute__(section)
    assert needed
    for name in needed:
        metadata = go2_metadata()
        del metadata["simulation"][section][name]
        assert f"simulation.{section}.{name} is missing" in refusal(metadata)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("default_dof_pos",), [0.0] * 11, "default_dof_pos must be a list of numbers, 12 of them, not [0.0, 0.0, 0.0"),
        (("actuator", "stiffness"), [float("nan")] * 12, "actuator.stiffness[0] is no finite number"),
        (("actuator", "stiffness", 3), -20.0, "actuator.stiffness must be a list of numbers of at least 0 and at most"),
        (("actuator", "damping", 11), float("-inf"), "actuator.damping[11] is no finite number"),
        (("action", "scale"), float("nan"), "action.scale is no finite number"),
        (("action", "scale"), 1e30, "action.scale must be a number above 0 and at most 1e+06"),
        (("observations", 0, "scale"), float("inf"), "observations[0].scale is no finite number"),
        (("decimation",), float("nan"), "decimation is no finite number"),
        (("training",), {"seed": [1, float("nan")]}, "training.seed[1] is no finite number"),
        (("actuator", "damping"), None, "actuator.damping must be a list of numbers of at least 0 and"),
        (("actuator",), {"model": "network"}, "actuator.file is missing"),
        (("control_dt",), 0.0, "control_dt must be a number of at least 1e-06 and at most 1e+09, not 0.0"),
        (("control_dt",), "0.02", "control_dt must be a number of at least 1e-06 and at most 1e+09, not '0.02'"),
        (("decimation",), 4.5, "decimation must be a whole number of at least 1 and at most 1000, not 4.5"),
        (("joint_names",), "all", "joint_names must be a list of texts, 1 to 1000 of them, none twice, not 'all'"),
        (("joint_names", 3), 7, "joint_names must be a list of texts, 1 to 1000 of them, none twice, not ['FL_hip"),
        (
            ("observations", 0, "noise"),
            "loud",
            "observations[0].noise must be a number of at least 0 and at most 1e+09, not 'loud'",
        ),
        (("inputs", 0), {"name": "gravity"}, "inputs[0].shape is missing"),
        (("state",), {}, "state.size is missing"),
        (("simulation",), [], "simulation must be a table, not []"),
        (("simulation", "control"), None, "simulation.control must be a table, not None"),
        (("simulation", "asset", "file"), 3, "simulation.asset.file = 3 must be a text"),
        (("simulation", "sim", "dt"), None, "simulation.sim.dt = None must be a number of at least 1e-05"),
        (
            ("simulation", "domain_rand", "friction_range"),
            [0.5],
            "friction_range must be a list of numbers of at least 0 and at most 1e+09, the lower and the upper end",
        ),
        (("simulation", "domain_rand", "friction_range"), [1.25, 0.5], "the lower and the upper end, not [1.25, 0.5]"),
        (("simulation", "domain_rand", "obs_delay_range"), [-5, 1], "must be a list of whole numbers of at least 0"),
        (("simulation", "commands", "ranges", "lin_vel_x"), [1, -1], "the lower and the upper end, not [1, -1]"),
        (("simulation", "commands", "standing_fraction"), 2, "must be a number of at least 0 and at most 1, not 2"),
        (
            ("simulation", "init_state", "tilt_noise"),
            -1,
            "tilt_noise must be a number of at least 0 and at most 1e+09, not -1",
        ),
        (
            ("simulation", "termination", "max_tilt"),
            -1,
            "max_tilt must be a number of at least 0 and at most 1e+09, not -1",
        ),
        (
            ("observations", 0, "noise"),
            -1,
            "observations[0].noise must be a number of at least 0 and at most 1e+09, not -1",
        ),
        (
            ("torque_limits",),
            [-1.0] * 12,
            "torque_limits must be a list of numbers of at least 1e-06 and at most 1e+09 or none, 12 of them",
        ),
        (("action", "target"), "foo", "action.target must be a text, one of position, torque, mixed, not 'foo'"),
        (("simulation", "commands", "heading_command"), 1, "heading_command must be true or false, not 1"),
        (("simulation", "init_state", "pos"), [0, float("inf"), 0], "init_state.pos[1] is no finite number"),
        (
            ("map",),
            {"kind": "height_scan", "points": [1, 2]},
            "map.points must be a list of lists of numbers, 2 of",
        ),
    ],
)
def test_a_value_of_another_kind_is_named(path: tuple[Any, ...], value: Any, message: str) -> None:
    metadata: Any = copy.deepcopy(go2_metadata())
    place = metadata
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert message in refusal(metadata)


def test_anything_anywhere_is_refused_in_one_line() -> None:
    """Fuzz: each key of the metadata replaced by junk of several kinds."""
    rng = np.random.default_rng(0)
    junk: list[Any] = [None, "x", -1, float("nan"), [], {}, [None], {"a": 1}, True, 1e400]
    original, faulty = map_metadata("foot_scan", "go2_perceptive"), 0
    for _ in range(300):
        metadata = copy.deepcopy(original)
        place: Any = metadata
        while True:
            key = rng.choice(list(place)) if isinstance(place, dict) else int(rng.integers(len(place)))
            if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.2:
                break
            place = place[key]
        place[key] = junk[rng.integers(len(junk))]
        try:
            parsed(metadata)
        except UserError as error:
            faulty += "\n" not in str(error)
    assert faulty > 100


def test_what_is_told_of_ground_that_is_crossed() -> None:
    metadata = go2_metadata()
    assert parsed(metadata).crossing is None
    told: dict[str, Any] = {"speed": [0.7, 1.5], "share_elsewhere": 0.5, "patience": 3.0}
    metadata["simulation"]["crossing"] = told
    assert parsed(metadata).crossing == {"speed": [0.7, 1.5], "patience": 3.0}
    told["speeds"] = {"climb": [1.1, 1.2]}
    assert parsed(metadata).crossing == {"speed": [0.7, 1.5], "patience": 3.0, "speeds": {"climb": [1.1, 1.2]}}
    told["speeds"]["climb"] = [1.2, 1.1]
    assert "simulation.crossing.speeds must be" in refusal(metadata)
    del told["patience"]
    assert "simulation.crossing.patience is missing" in refusal(metadata)
    metadata["simulation"]["crossing"] = None
    assert "simulation.crossing must be a table, not None" in refusal(metadata)


def test_the_limits_of_parkour_are_told_together() -> None:
    limits = {"max_roll": 0.8, "max_pitch": 1.6, "height": [0.15, 1.5]}
    metadata = go2_metadata()
    metadata["simulation"]["termination"] |= limits
    assert parsed(metadata).termination.items() > limits.items()
    del metadata["simulation"]["termination"]["height"]
    assert "simulation.termination.height is missing" in refusal(metadata)


@pytest.mark.parametrize("name", ["go2_sight", "go2_perceptive_sight_student"])
def test_shipped_policies_that_cross_say_how(name: str) -> None:
    entries = onnxruntime.InferenceSession(POLICIES / f"{name}.onnx").get_modelmeta().custom_metadata_map
    assert parse(entries, name).crossing == {"speed": [0.7, 1.5], "patience": 3.0}


def test_a_setting_that_a_class_has_but_the_file_has_not_is_named(caplog: pytest.LogCaptureFixture) -> None:
    metadata = go2_metadata()
    del metadata["simulation"]["asset"]["armature"]
    assert parsed(metadata).asset.armature == 0.01
    assert caplog.messages == ["the metadata lacks simulation.asset.armature: its present default holds"]


def test_files_of_other_formats_are_refused() -> None:
    assert "has format 2, this program reads 3; export the policy again" in refusal(go2_metadata(format=2))
    half = {"format": 3, "task": "qmini", "part": "half of the network of qmini.onnx"}
    assert refusal(half) == "test.onnx is no controller, but half of the network of qmini.onnx"
    with pytest.raises(UserError, match="has no metadata of its robot"):
        parse({}, "test.onnx")
    with pytest.raises(UserError, match="in its metadata author is not valid JSON"):
        parse({"author": "somebody"}, "test.onnx")


def test_metadata_that_no_reader_takes_or_that_says_two_things_is_named() -> None:
    """Deep nesting was a RecursionError; of two values of one name the last one held."""
    entries = {key: json.dumps(value) for key, value in go2_metadata().items()}
    with pytest.raises(UserError, match=r"in its metadata training is not valid JSON: maximum recursion depth"):
        parse({**entries, "training": "[" * 100_000}, "test.onnx")
    with pytest.raises(UserError, match=r"in its metadata action is not valid JSON: 'scale' stands in it twice"):
        parse({**entries, "action": '{"scale": 0.25, "scale": 9.0}'}, "test.onnx")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("points", [], "map.points must be a list of lists of numbers, 2 of them, 1 to 1000000 of them, not []"),
        ("feet", [], "map.feet must be a list of texts, 1 to 1000 of them, none twice, not []"),
        ("feet", ["FL_foot", "FL_foot"], "map.feet must be a list of texts, 1 to 1000 of them, none twice"),
        ("feet", ["FL_foot"], "map.points and map.feet are 2 samples, but the policy looks at 8"),
    ],
)
def test_a_map_view_of_other_samples_than_the_policys_is_refused(name: str, value: list[Any], message: str) -> None:
    """No points ended in a traceback of NumPy; one foot of four walked on in silence."""
    metadata = map_metadata("foot_scan", "go2_perceptive")
    metadata["outputs"] = [*metadata["outputs"], {"name": "map_samples", "shape": [8, 3]}]
    parsed(metadata)
    metadata["map"][name] = value
    assert message in refusal(metadata)


def test_what_nothing_reads_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        parsed(go2_metadata(torqe_limits=[1.0], note_of_mine="x"))
    told = [
        "test.onnx: nothing reads what its metadata has of note_of_mine",
        "test.onnx: nothing reads what its metadata has of torqe_limits; did you mean torque_limits?",
    ]
    assert sorted(caplog.messages) == told


@pytest.mark.parametrize("file", sorted(POLICIES.glob("*.onnx")), ids=lambda file: file.stem)
def test_all_that_shipped_files_tell_is_read(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    entries = onnxruntime.InferenceSession(file).get_modelmeta().custom_metadata_map
    if "part" not in entries:
        parse(entries, file.name)
    assert caplog.messages == []


def refusal(metadata: dict[str, Any]) -> str:
    with pytest.raises(UserError) as stop:
        parsed(metadata)
    assert "\n" not in str(stop.value)
    return str(stop.value)


def test_json_is_what_is_parsed() -> None:
    entries = {key: json.dumps(value) for key, value in go2_metadata().items()}
    assert parse(entries, "test.onnx").joint_names[0] == "FL_hip_joint"


def test_a_joint_named_twice_is_refused() -> None:
    names = go2_metadata()["joint_names"]
    assert "joint_names must be a list of texts" in refusal(go2_metadata(joint_names=[names[0], *names[:11]]))


def test_what_contradicts_itself_is_refused() -> None:
    limits = [[-1.0, 1.0]] * 11 + [[1.0, -1.0]]
    assert "dof_pos_limits of RR_calf_joint are 1 to -1" in refusal(go2_metadata(dof_pos_limits=limits))
    metadata = go2_metadata()
    metadata["action"]["target"] = "torque"
    assert "action.target is torque, but actuator.model is pd" in refusal(metadata)
    assert "observations is empty" in refusal(go2_metadata(observations=[]))
    pose = [0.0] * 11 + [50.0]
    limits = [[None, 1.0]] * 12
    assert "default_dof_pos of RR_calf_joint is 50, beyond" in refusal(
        go2_metadata(dof_pos_limits=limits, default_dof_pos=pose)
    )
    assert "drive_modes must be a list of texts" in refusal(go2_metadata(drive_modes=["position"] * 11))
    assert "drive_modes must be a list of texts" in refusal(go2_metadata(drive_modes=["fly"] * 12))
    for key, value in (("names", ["x"]), ("names", ["FL_hip_joint"] * 2), ("clip", -1.0)):
        metadata = go2_metadata()
        metadata["action"][key] = value
        assert f"action.{key} must be" in refusal(metadata)
    metadata = go2_metadata()
    metadata["simulation"]["init_state"]["pos"] = [5000.0, 0.0, 0.4]
    assert "simulation.init_state.pos must be a list of numbers of at least -100" in refusal(metadata)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("history", 0, "history must be a whole number"),
        ("gait_clock", {"frequency": -1, "offsets": [0.0]}, "gait_clock.frequency must be"),
        ("training", {"commands": {"ranges": None}}, "training.domain_rand is missing"),
        ("joint_axes", [[0, 0, 0]] * 12, "joint_axes of FL_hip_joint are [0, 0, 0], and no direction"),
        ("state", {"size": 25, "parts": []}, "state.parts are 0 numbers"),
    ],
)
def test_what_is_told_of_a_controller_beside_what_is_needed(name: str, value: Any, says: str) -> None:
    metadata = go2_metadata()
    metadata[name] = value
    assert says in refusal(metadata)


def test_a_start_below_the_ground() -> None:
    metadata = go2_metadata()
    metadata["simulation"]["init_state"]["pos"] = [0, 0, -3]
    assert "simulation.init_state.pos is below the ground" in refusal(metadata)
