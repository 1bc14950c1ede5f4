import hashlib
import json
import random
import shutil

import onnx
import pytest

from legged_gym.deploy.controller import Controller
from legged_gym.utils.digest import KEY, is_sealed, sealed
from legged_gym.utils.errors import UserError
from tests.export.rehearsals import POLICIES

SHIPPED = POLICIES / "go2_flat_deploy.onnx"


def model() -> bytes:
    weights = onnx.helper.make_tensor("weights", onnx.TensorProto.FLOAT, [2], [0.5, -0.5])
    graph = onnx.helper.make_graph([], "graph", [], [], [weights])
    whole = onnx.helper.make_model(graph)
    onnx.helper.set_model_props(whole, {"task": '"toy"'})
    return whole.SerializeToString()


def test_the_digest_is_a_last_entry_of_the_metadata() -> None:
    content = model()
    whole = sealed(content)
    assert whole.startswith(content)
    read = onnx.load_from_string(whole)
    assert {entry.key: json.loads(entry.value) for entry in read.metadata_props} == {
        "task": "toy", KEY: hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    assert read.graph == onnx.load_from_string(content).graph
    assert is_sealed(whole, "x") and not is_sealed(content, "x")


def test_no_byte_may_be_another() -> None:
    whole = sealed(model())
    for position in range(len(whole)):
        for flip in (0x01, 0x20, 0xFF):
            spoiled = bytearray(whole)
            spoiled[position] ^= flip
            with pytest.raises(UserError, match="^x.onnx is damaged, or was changed"):
                is_sealed(bytes(spoiled), "x.onnx")


def test_a_file_that_was_written_anew_over_its_digest_is_told() -> None:
    read = onnx.load_from_string(sealed(model()))
    read.graph.initializer[0].float_data[0] = 0.25
    for content in (read.SerializeToString(), sealed(model()) + b"\0", sealed(model())[:-20]):
        with pytest.raises(UserError, match="damaged"):
            is_sealed(content, "x.onnx")


def test_a_controller_whose_weights_were_overwritten_is_refused_in_a_line(tmp_path, caplog) -> None:
    content, path, rng = SHIPPED.read_bytes(), tmp_path / "policy.onnx", random.Random(1)
    weights = [tensor.raw_data for tensor in onnx.load(SHIPPED).graph.initializer if len(tensor.raw_data) > 1000]
    for data in weights:
        spoiled = bytearray(content)
        spoiled[content.index(data) + rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(spoiled)
        with pytest.raises(UserError, match="policy.onnx is damaged") as stop:
            Controller(path)
        assert "\n" not in str(stop.value)
    assert len(weights) >= 3 and not caplog.records


def test_a_file_without_a_digest_loads_with_a_notice(tmp_path, caplog) -> None:
    old = onnx.load(SHIPPED)
    kept = [entry for entry in old.metadata_props if entry.key != KEY]
    del old.metadata_props[:]
    old.metadata_props.extend(kept)
    onnx.save(old, tmp_path / "old.onnx")
    shutil.copyfile(SHIPPED, tmp_path / "new.onnx")
    with caplog.at_level("INFO"):
        Controller(tmp_path / "new.onnx")
        assert not caplog.records
        Controller(tmp_path / "old.onnx")
    (record,) = caplog.records
    assert f"old.onnx has no {KEY}" in record.getMessage()


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.onnx")), ids=lambda path: path.stem)
def test_the_shipped_files_are_sealed(path) -> None:
    assert is_sealed(path.read_bytes(), path.name)
