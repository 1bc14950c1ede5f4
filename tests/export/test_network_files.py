"""Networks as TorchScript against the policy itself and against networks written out by hand."""

import logging

import pytest
import torch

from legged_gym.export import network_files
from legged_gym.export.exportable import ExportablePolicy
from legged_gym.export.network_files import export_torchscript
from legged_gym.export.parity import Recorder, Recording, check_parity
from legged_gym.utils.errors import UserError
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent
from tests.rsl_rl import perceptive

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


def make_recording(steps=6, num_envs=3, widths=WIDTHS):
    observations = {name: torch.randn(steps, num_envs, width) * 3 + 1 for name, width in widths.items()}
    return Recording(observations, torch.rand(steps, num_envs) < 0.3)


@pytest.mark.parametrize("rnn_type", [None, "gru", "lstm"])
def test_a_file_acts_like_the_policy(tmp_path, rnn_type, capfd, recwarn):
    policy, recording = make_policy(rnn_type), make_recording()
    assert export_torchscript(policy, tmp_path / "policy.pt", recording) < 1e-5
    assert capfd.readouterr() == ("", "") and not recwarn.list
    # One environment, as on a robot, and the hidden state of the original.
    x = torch.randn(1, 8)
    state = policy.actor_memory.initial_state(1)
    groups = {"scan": x[:, :3], "proprio": x[:, 3:]}
    with torch.no_grad():
        expected, next_state = policy.act_inference(groups, policy.initial_state(1))
    outputs = torch.jit.load(str(tmp_path / "policy.pt"))(x, *state)
    torch.testing.assert_close(outputs[0], expected, atol=1e-5, rtol=0)
    for got, want in zip(outputs[1:], next_state, strict=False):
        torch.testing.assert_close(got, want, atol=1e-5, rtol=0)


def test_a_student_tells_its_belief_too(tmp_path):
    """Step by step against the policy, with a scan that is missing in part and, for one robot, as a whole."""
    torch.manual_seed(0)
    policy = perceptive.make_student(perceptive.make_teacher())
    recording = make_recording(widths=perceptive.WIDTHS)
    assert export_torchscript(policy, tmp_path / "policy.pt", recording) < 1e-5
    script = torch.jit.load(str(tmp_path / "policy.pt"))
    state = policy.initial_state(3)
    for step in range(6):
        obs = {name: recording.observations[name][step].clone() for name in perceptive.STUDENT_GROUPS}
        obs["exteroceptive"][1] = torch.nan
        obs["exteroceptive"][2, ::3] = torch.nan
        outputs = script(torch.cat(list(obs.values()), dim=-1), *state)
        with torch.no_grad():
            says, state = policy.infer(obs, state)
        expected = (says.actions, says.belief, says.decoded_heights, says.gate, *state)
        for output, want in zip(outputs, expected, strict=True):
            torch.testing.assert_close(output, want, atol=1e-5, rtol=0)
        assert says.gate is not None and (says.gate[1] == 0.0).all() and (says.gate[0] > 0.0).all()


@pytest.mark.parametrize("settings", [{"memory": "mlp"}, {"gate": "open"}, {"gate": "none"}, {"blind": True}])
def test_every_kind_of_student_can_be_exported(tmp_path, settings):
    torch.manual_seed(0)
    policy = perceptive.make_student(perceptive.make_teacher(), **settings)
    recording = make_recording(widths=perceptive.WIDTHS)
    assert export_torchscript(policy, tmp_path / "policy.pt", recording) < 1e-5


def test_the_normalizer_is_inside(tmp_path):
    policy = make_policy()
    export_torchscript(policy, tmp_path / "policy.pt", make_recording())
    x = torch.randn(4, 8) * 2 + 3
    normalizer = policy.actor_input.normalizer
    mean, var = normalizer.get_buffer("mean"), normalizer.get_buffer("var")
    hand = (x - mean) / (var.sqrt() + 1e-2)
    first, last = policy.actor[0], policy.actor[-1]
    hand = torch.nn.functional.elu(hand @ first.weight.T + first.bias) @ last.weight.T + last.bias
    (actions,) = torch.jit.load(str(tmp_path / "policy.pt"))(x)
    torch.testing.assert_close(actions, hand, atol=1e-5, rtol=0)


def test_a_file_that_acts_differently_is_removed(tmp_path, monkeypatch):
    def broken(policy):
        export = ExportablePolicy(policy)
        export.policy.actor[-1].bias.data += 2e-4
        return export

    policy, recording = make_policy(), make_recording()
    monkeypatch.setattr(network_files, "ExportablePolicy", broken)
    with pytest.raises(UserError, match=r"policy.pt was not exported: its output actions differs .* 2\.0e-04"):
        export_torchscript(policy, tmp_path / "policy.pt", recording)
    assert list(tmp_path.iterdir()) == []


def test_difference_is_logged(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        export_torchscript(make_policy(), tmp_path / "policy.pt", make_recording(4, 5))
    assert "largest difference" in caplog.text and "over 20 observations" in caplog.text


@pytest.mark.parametrize(("part", "name"), [("decoder", "decoded_heights"), ("belief_encoder.gate", "gate")])
def test_the_gate_is_held_to_what_a_student_believes(tmp_path, monkeypatch, part, name):
    torch.manual_seed(0)
    policy = perceptive.make_student(perceptive.make_teacher())
    if name == "gate":  # nothing else is to depend on it
        policy.exteroceptive_encoder.requires_grad_(False)
        for parameter in policy.exteroceptive_encoder.parameters():
            parameter.zero_()

    def broken(original):
        export = ExportablePolicy(original)
        for parameter in export.policy.get_submodule(part).parameters():
            parameter += 0.01
        return export

    monkeypatch.setattr(network_files, "ExportablePolicy", broken)
    with pytest.raises(UserError, match=f"its output {name} differs"):
        export_torchscript(policy, tmp_path / "policy.pt", make_recording(widths=perceptive.WIDTHS))


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(UserError, match="cannot write .*taken: ") as error:
        export_torchscript(make_policy(), tmp_path / "taken", make_recording())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("ends", [True, False])
def test_parity_zeroes_states_where_episodes_end_or_else_halfway(ends):
    """An export that forgets nothing is refused, and one that forgets when it is told is not."""
    policy = make_policy("gru")
    export = ExportablePolicy(policy)
    kept = []

    def never_forgets(obs, *state):
        outputs = export(obs, *(kept[-1] if kept else state))
        kept.append(outputs[1:])
        return outputs

    recording = Recording(make_recording(5, 2).observations, torch.full((5, 2), ends))
    assert check_parity(policy, export, recording) < 1e-6
    with pytest.raises(UserError, match="differ"):
        check_parity(policy, never_forgets, recording)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_parity_refuses_actions_that_are_not_finite(value):
    with pytest.raises(UserError, match="differ"):
        check_parity(make_policy(), lambda obs: (torch.full((3, 2), value),), make_recording())


def test_parity_refuses_other_outputs():
    with pytest.raises(UserError, match="it has 2 outputs, not 1"):
        check_parity(make_policy(), lambda obs: (torch.zeros(3, 2), torch.zeros(3, 2)), make_recording())
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
