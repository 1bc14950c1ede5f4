"""Exports against the policy itself and against networks written out by hand."""

import json
import logging

import onnx
import onnxruntime
import pytest
import torch

from legged_gym.utils import exporter
from legged_gym.utils.errors import UserError
from legged_gym.utils.exporter import export_onnx, export_torchscript
from legged_gym.utils.parity import Recorder, Recording, check_parity
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent

WIDTHS = {"proprio": 5, "scan": 3, "critic": 4}
GROUPS = {"policy": ["scan", "proprio"], "critic": ["critic"]}


def make_policy(rnn_type=None, normalize=True):
    torch.manual_seed(0)
    kwargs = {"actor_hidden_dims": [16], "critic_hidden_dims": [8], "empirical_normalization": normalize}
    if rnn_type:
        policy = ActorCriticRecurrent(
            WIDTHS, GROUPS, 2, rnn_type=rnn_type, rnn_hidden_size=6, rnn_num_layers=2, **kwargs
        )
    else:
        policy = ActorCritic(WIDTHS, GROUPS, 2, **kwargs)
    for _ in range(3):
        policy.update_normalization({name: torch.randn(64, width) * 3 + 1 for name, width in WIDTHS.items()})
    return policy


def make_recording(steps=6, num_envs=3):
    observations = {name: torch.randn(steps, num_envs, width) * 3 + 1 for name, width in WIDTHS.items()}
    return Recording(observations, torch.rand(steps, num_envs) < 0.3)


@pytest.mark.parametrize("rnn_type", [None, "gru", "lstm"])
def test_both_formats_act_like_the_policy(tmp_path, rnn_type, capfd, recwarn):
    policy, recording = make_policy(rnn_type), make_recording()
    assert export_torchscript(policy, tmp_path / "policy.pt", recording) < 1e-5
    assert export_onnx(policy, tmp_path / "policy.onnx", recording) < 1e-5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.onnx", "policy.pt"]
    assert capfd.readouterr() == ("", "") and not recwarn.list
    names = {None: [], "gru": ["state_0"], "lstm": ["state_0", "state_1"]}[rnn_type]
    session = onnxruntime.InferenceSession(str(tmp_path / "policy.onnx"))
    assert [node.name for node in session.get_inputs()] == ["obs", *names]
    assert [node.name for node in session.get_outputs()] == ["actions", *(f"next_{name}" for name in names)]
    # One environment, as on a robot, and the hidden state of the original.
    x = torch.randn(1, 8)
    state = policy.actor_memory.initial_state(1)
    groups = {"scan": x[:, :3], "proprio": x[:, 3:]}
    with torch.no_grad():
        expected, next_state = policy.act_inference(groups, policy.initial_state(1))
    for outputs in (
        torch.jit.load(str(tmp_path / "policy.pt"))(x, *state),
        [
            torch.from_numpy(array)
            for array in session.run(
                None, {"obs": x.numpy(), **{name: part.numpy() for name, part in zip(names, state, strict=True)}}
            )
        ],
    ):
        torch.testing.assert_close(outputs[0], expected, atol=1e-5, rtol=0)
        for got, want in zip(outputs[1:], next_state, strict=False):
            torch.testing.assert_close(got, want, atol=1e-5, rtol=0)


def test_the_normalizer_is_inside_and_the_critic_is_not(tmp_path):
    policy = make_policy()
    export_onnx(policy, tmp_path / "policy.onnx", make_recording())
    x = torch.randn(4, 8) * 2 + 3
    normalizer = policy.actor_input.normalizer
    hand = (x - normalizer.mean) / (normalizer.var.sqrt() + normalizer.epsilon)
    first, last = policy.actor[0], policy.actor[-1]
    hand = torch.nn.functional.elu(hand @ first.weight.T + first.bias) @ last.weight.T + last.bias
    session = onnxruntime.InferenceSession(str(tmp_path / "policy.onnx"))
    torch.testing.assert_close(torch.from_numpy(session.run(None, {"obs": x.numpy()})[0]), hand, atol=1e-5, rtol=0)
    numbers = sum(
        len(onnx.numpy_helper.to_array(weight).ravel())
        for weight in onnx.load(tmp_path / "policy.onnx").graph.initializer
    )
    assert numbers <= 8 * 16 + 16 + 16 * 2 + 2 + 3 * 8  # actor and normalizer; the critic would add 49


def test_metadata_keeps_every_bit_and_no_path_of_this_machine(tmp_path):
    metadata = {"joint_names": ["a", "b"], "stiffness": [0.1, 1 / 3], "deployable": False, "control_dt": 0.02}
    export_onnx(make_policy(), tmp_path / "policy.onnx", make_recording(), metadata)
    model = onnx.load(tmp_path / "policy.onnx")
    assert {entry.key: json.loads(entry.value) for entry in model.metadata_props} == metadata
    assert b".py" not in (tmp_path / "policy.onnx").read_bytes()
    session = onnxruntime.InferenceSession(str(tmp_path / "policy.onnx"))
    assert json.loads(session.get_modelmeta().custom_metadata_map["stiffness"]) == [0.1, 1 / 3]


def test_a_file_that_acts_differently_is_removed(tmp_path, monkeypatch):
    intact = exporter.ExportableActor

    def broken(policy):
        actor = intact(policy)
        actor.actor[-1].bias.data += 2e-4
        return actor

    policy, recording = make_policy(), make_recording()
    monkeypatch.setattr(exporter, "ExportableActor", broken)
    for export, name in ((export_torchscript, "policy.pt"), (export_onnx, "policy.onnx")):
        with pytest.raises(UserError, match=rf"{name} was not exported: its actions differ .* 2\.0e-04"):
            export(policy, tmp_path / name, recording)
    assert list(tmp_path.iterdir()) == []


def test_difference_is_logged(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        export_torchscript(make_policy(), tmp_path / "policy.pt", make_recording(4, 5))
    assert "largest action difference" in caplog.text and "over 20 observations" in caplog.text


def test_parity_zeroes_states_where_episodes_end():
    """An export that forgets nothing agrees only while no episode ends."""
    policy = make_policy("gru")
    actor = exporter.ExportableActor(policy)
    kept = []

    def never_forgets(obs, *state):
        outputs = actor(obs, *(kept[-1] if kept else state))
        kept.append(outputs[1:])
        return outputs

    recording = make_recording(5, 2)
    alive = Recording(recording.observations, torch.zeros(5, 2, dtype=torch.bool))
    assert check_parity(policy, never_forgets, alive) < 1e-6
    kept.clear()
    ended = Recording(recording.observations, torch.ones(5, 2, dtype=torch.bool))
    with pytest.raises(UserError, match="differ"):
        check_parity(policy, never_forgets, ended)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_parity_refuses_actions_that_are_not_finite(value):
    with pytest.raises(UserError, match="differ"):
        check_parity(make_policy(), lambda obs: (torch.full((3, 2), value),), make_recording())


def test_parity_refuses_another_number_of_actions():
    with pytest.raises(UserError, match=r"shape \[3, 1\], not \[3, 2\]"):
        check_parity(make_policy(), lambda obs: (torch.zeros(3, 1),), make_recording())


def test_recorder_keeps_the_first_steps_and_copies():
    recorder = Recorder(max_steps=2)
    with pytest.raises(UserError, match="no steps"):
        recorder.finish()
    buffer = torch.zeros(3, 4)
    for step in range(3):
        buffer.fill_(step)
        recorder.record({"policy": buffer}, torch.tensor([0, 1, 0]))
    recording = recorder.finish()
    assert recording.observations["policy"][:, 0, 0].tolist() == [0.0, 1.0]
    assert recording.dones.tolist() == [[False, True, False]] * 2 and recording.size == 6
