import io
import sys

import pytest

from legged_gym.deploy.runner.first_start import FirstStart
from legged_gym.utils.errors import UserError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def files(tmp_path):
    (tmp_path / "policy.onnx").write_bytes(b"policy")
    return tmp_path / "policy.onnx", tmp_path / "state" / "hung.json"


def test_nobody_to_ask(files, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(UserError, match="--hung"):
        FirstStart(files[0], False, files[1]).ask()


@pytest.mark.parametrize(("answer", "hangs"), [("hung\n", True), ("yes\n", False), ("", False)])
def test_it_asks_for_a_hung_robot(files, monkeypatch, answer, hangs):
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    first = FirstStart(files[0], False, files[1])
    if hangs:
        first.ask()
    else:
        with pytest.raises(UserError, match="not hung up"):
            first.ask()
    assert first.hung == hangs


def test_ten_seconds_in_the_air_prove_a_controller_and_no_other(files, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    policy, proofs = files
    FirstStart(policy, True, proofs).note(9.0, "the operator")
    FirstStart(policy, True, proofs).note(20.0, "tilted by 1.20 rad")
    FirstStart(policy, False, proofs).note(20.0, "the operator")
    assert not proofs.exists()
    FirstStart(policy, True, proofs).note(11.0, "the operator")
    again = FirstStart(policy, False, proofs)
    again.ask()
    assert not again.hung  # on the floor now, with all its torque
    policy.write_bytes(b"another")
    with pytest.raises(UserError):
        FirstStart(policy, False, proofs).ask()


@pytest.mark.parametrize("content", ["", "[", "1", '{"a": 1}', "[[1]]", "[" * 100_000])
def test_a_spoilt_file_of_proofs_proves_nothing(files, content):
    policy, proofs = files
    proofs.parent.mkdir()
    proofs.write_text(content)
    with pytest.raises(UserError, match="--hung"):
        FirstStart(policy, False, proofs).ask()
    FirstStart(policy, True, proofs).note(11.0, "the operator")
    FirstStart(policy, False, proofs).ask()


def test_proofs_that_cannot_be_kept_are_told_of(files, caplog):
    policy, proofs = files
    proofs.parent.write_text("a file where a folder should be")
    FirstStart(policy, True, proofs).note(11.0, "the operator")
    assert "will have to hang again" in caplog.text
