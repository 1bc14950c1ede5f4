import math
import os
import resource
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rsl_rl.utils import checkpoint
from rsl_rl.utils.errors import CheckpointError, ConfigError, DamagedError

STATE = {"iteration": 7, "weights": OrderedDict(a=torch.arange(3.0)), "config": {"names": ["x", "y"], "rate": 0.1}}


@pytest.fixture
def small_file_limit():
    """Let writes beyond 4 KiB fail, as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_round_trip(tmp_path):
    path = tmp_path / "model.pt"
    checkpoint.save(path, STATE)
    state = checkpoint.load(path)
    assert state["schema_version"] == checkpoint.SCHEMA_VERSION
    assert state["iteration"] == 7
    assert state["config"] == STATE["config"]
    assert state["weights"]["a"].tolist() == [0.0, 1.0, 2.0]


def test_failed_write_leaves_the_old_file_and_no_other(tmp_path, small_file_limit):
    path = tmp_path / "model.pt"
    checkpoint.save(path, STATE)
    with pytest.raises(CheckpointError, match=r"cannot write .*model\.pt: .*File too large") as error:
        checkpoint.save(path, {**STATE, "weights": torch.zeros(100_000)})
    assert "\n" not in str(error.value)
    assert checkpoint.load(path)["iteration"] == 7
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.pt"]


def test_the_new_file_replaces_the_old_one_at_once(tmp_path):
    path = tmp_path / "model.pt"
    checkpoint.save(path, STATE)
    before = path.read_bytes()
    with open(path, "rb") as reader:
        checkpoint.save(path, {**STATE, "iteration": 8})
        assert reader.read() == before  # who had it open still has it whole
    assert checkpoint.load(path)["iteration"] == 8


def test_missing_folder(tmp_path):
    with pytest.raises(CheckpointError, match="No such file"):
        checkpoint.save(tmp_path / "none" / "model.pt", STATE)
    with pytest.raises(CheckpointError, match=r"cannot read .*model\.pt: No such file"):
        checkpoint.load(tmp_path / "model.pt")


def test_a_file_that_cannot_be_looked_at_is_told_in_one_line(tmp_path):
    with pytest.raises(CheckpointError, match=r"cannot read .*: File name too long$"):
        checkpoint.load(tmp_path / f"{'x' * 300}.pt")


def test_a_pipe_is_no_checkpoint_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="it is a pipe or a device"):
        checkpoint.load(tmp_path / "model.pt")


@pytest.mark.parametrize("kept", [0, 10, 500, -1])
def test_truncated_file(tmp_path, kept):
    path = tmp_path / "model.pt"
    checkpoint.save(path, STATE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="truncated or damaged") as error:
        checkpoint.load(path)
    assert "\n" not in str(error.value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_flipped_bit_is_found_or_has_no_say(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "flipped.pt"
    checkpoint.save(path, STATE)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        state = checkpoint.load(path)
    except CheckpointError as error:
        assert "\n" not in str(error)
    else:
        assert (state["iteration"], state["config"]) == (STATE["iteration"], STATE["config"])
        assert torch.equal(state["weights"]["a"], STATE["weights"]["a"])


def test_the_weights_of_a_file_are_covered_by_its_checksums(tmp_path):
    path = tmp_path / "model.pt"
    checkpoint.save(path, STATE)
    content = path.read_bytes()
    path.write_bytes(content.replace(torch.arange(3.0).numpy().tobytes(), np.array([0, 1, 3], "f4").tobytes()))
    assert torch.load(path, weights_only=True)["weights"]["a"].tolist() == [0.0, 1.0, 3.0]  # PyTorch reads on
    with pytest.raises(DamagedError, match=r"damaged one: the checksum of .* is wrong"):
        checkpoint.load(path)


def test_code_in_a_file_is_not_run(tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"schema_version": checkpoint.SCHEMA_VERSION, "hook": Malicious(tmp_path / "ran")}, path)
    with pytest.raises(CheckpointError):
        checkpoint.load(path)
    assert not (tmp_path / "ran").exists()


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_other_schema(tmp_path):
    path = tmp_path / "model.pt"
    torch.save({"schema_version": 99}, path)
    with pytest.raises(CheckpointError, match="schema version 99, but this code reads version 1"):
        checkpoint.load(path)
    torch.save([1, 2], path)
    with pytest.raises(CheckpointError, match="it has no schema version"):
        checkpoint.load(path)


def test_other_content(tmp_path):
    path = tmp_path / "dump.pt"
    checkpoint.save(path, {"policy": 1})
    assert checkpoint.load(path, required=("policy",))["policy"] == 1
    with pytest.raises(CheckpointError, match="is no checkpoint of this kind: it lacks iteration, env"):
        checkpoint.load(path, required=("policy", "iteration", "env"))


def test_differences_are_named():
    saved = {"dof_names": ["FL_hip", "FR_hip"], "terms": {"policy": {"height_scan": 187, "gone": 1}}, "dt": 0.02}
    present = {"dof_names": ["FR_hip", "FL_hip"], "terms": {"policy": {"height_scan": 208}, "critic": {}}, "dt": 0.02}
    with pytest.raises(CheckpointError) as error:
        checkpoint.check_same("m.pt", "layout", saved, present)
    assert str(error.value) == (
        "m.pt was saved with another layout: "
        "dof_names is ['FL_hip', 'FR_hip'] there, ['FR_hip', 'FL_hip'] here; "
        "terms.policy.height_scan is 187 there, 208 here; "
        "terms.policy.gone is 1 there, missing here; and 1 more"
    )
    checkpoint.check_same("m.pt", "layout", {"a": (1, (2, 3))}, {"a": [1, [2, 3]]})
    terms = [{"name": "gyro", "scale": 1.0}, {"name": "gravity", "scale": 1.0}]
    with pytest.raises(CheckpointError, match=r"another layout: policy\[1\]\.scale is 2\.0 there, 1\.0 here$"):
        checkpoint.check_same("m.pt", "layout", {"policy": [terms[0], {**terms[1], "scale": 2.0}]}, {"policy": terms})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"policy": {"std": np.float64(1.0)}}, r"config\.policy\.std is a float64"),
        ({"sizes": [1, object()]}, r"config\.sizes\[1\] is a object"),
        ({"device": torch.device("cpu")}, r"config\.device is a device"),
    ],
)
def test_what_cannot_be_read_back_is_refused_before_training(data, message):
    checkpoint.require_plain("config", STATE["config"])
    with pytest.raises(ConfigError, match=message):
        checkpoint.require_plain("config", data)


def test_weights_that_are_sparse_are_refused() -> None:
    weights = {"layer": torch.eye(3)}
    with pytest.raises(CheckpointError, match="layer is 'float32, torch.sparse_coo' there, 'float32' here"):
        checkpoint.check_weights("a.pt", "policy", {"layer": torch.eye(3).to_sparse()}, weights)


@pytest.mark.parametrize("value", [math.nan, torch.tensor([1.0, math.inf])])
def test_a_state_with_a_number_that_is_not_finite_is_refused(value: Any) -> None:
    checkpoint.require_finite("a.pt", "the algorithm", {"rate": 1.0, "steps": [3, None, torch.ones(2), "text"]})
    with pytest.raises(CheckpointError, match=r"a.pt: the algorithm.moments\[0\]|a.pt: the algorithm.moments"):
        checkpoint.require_finite("a.pt", "the algorithm", {"rate": 1.0, "moments": [value]})


def test_tensors_without_numbers_are_refused(tmp_path) -> None:
    path = tmp_path / "model.pt"
    checkpoint.save(path, {"policy": {"weight": torch.empty(3, device="meta")}})
    with pytest.raises(CheckpointError, match=r"model\.pt: state\.policy\.weight is a tensor without numbers"):
        checkpoint.load(path)


@pytest.mark.parametrize("version", ["1", 1.0, True])
def test_a_version_of_another_kind_is_none(version, tmp_path) -> None:
    torch.save({"schema_version": version}, tmp_path / "model_1.pt")
    with pytest.raises(CheckpointError, match=f"has schema version {version!r}, but"):
        checkpoint.load(tmp_path / "model_1.pt")


def test_a_file_of_another_project_is_told_as_such(tmp_path) -> None:
    torch.save({"model_state_dict": {}}, tmp_path / "model_1.pt")
    with pytest.raises(CheckpointError, match="is no checkpoint of this project: it has no schema version"):
        checkpoint.load(tmp_path / "model_1.pt")


def test_an_exported_network_is_told_without_a_warning(tmp_path, recwarn) -> None:
    torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)).save(tmp_path / "policy.pt")
    recwarn.clear()
    with pytest.raises(CheckpointError, match="is no checkpoint, but a TorchScript network"):
        checkpoint.load(tmp_path / "policy.pt")
    assert not recwarn


def test_a_controller_file_is_told_as_such(tmp_path) -> None:
    (tmp_path / "policy.onnx").write_bytes(b"\x08\x08")
    with pytest.raises(CheckpointError, match=r"is no checkpoint, but an exported policy \(ONNX\): name the \*.pt"):
        checkpoint.load(tmp_path / "policy.onnx")


def test_containers_without_an_end_are_refused(tmp_path) -> None:
    """A list that holds itself was a RecursionError, which no reader of a folder of trajectories expects."""
    endless: list[Any] = []
    endless.append(endless)
    deep: list[Any] = []
    for _ in range(checkpoint.DEEPEST):
        deep = [deep]
    for number, value in enumerate((endless, deep)):
        path = tmp_path / f"{number}.pt"
        torch.save({"schema_version": checkpoint.SCHEMA_VERSION, "schema": value}, path)
        with pytest.raises(DamagedError, match="it is nested more than 64 deep"):
            checkpoint.load(path)
    torch.save({"schema_version": checkpoint.SCHEMA_VERSION, "schema": deep[0][0]}, path)
    assert checkpoint.load(path)["schema"] == deep[0][0]
