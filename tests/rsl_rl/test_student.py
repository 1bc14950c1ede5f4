import copy

import numpy as np
import onnxruntime
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rsl_rl.modules import InferencePolicy, StudentPolicy
from rsl_rl.modules.memory import clear_state
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.registry import build
from tests.rsl_rl import numpy_networks
from tests.rsl_rl.perceptive import (
    BLIND_GROUPS,
    GO2_WIDTHS,
    NUM_FEET,
    STUDENT_GROUPS,
    WIDTHS,
    make_student,
    make_teacher,
    random_obs,
)

NAN, INF = float("nan"), float("inf")
BASELINES = {
    "belief": {},
    "open": {"gate": "open"},
    "none": {"gate": "none"},
    "mlp": {"memory": "mlp"},
    "mlp_none": {"memory": "mlp", "gate": "none"},
    "blind": {"blind": True},
    "blind_mlp": {"blind": True, "memory": "mlp"},
}


@pytest.fixture(params=list(BASELINES))
def baseline(request):
    return BASELINES[request.param]


def random_state(student, num_envs):
    return tuple(torch.randn_like(part) for part in student.initial_state(num_envs))


def rough_obs(*leading):
    """Observations of a map with holes: in the first robot's there is nothing at all."""
    obs = random_obs(*leading)
    obs["exteroceptive"][..., 1, 2:5] = torch.tensor([NAN, INF, -INF])
    obs["exteroceptive"][..., 0, :] = NAN
    return obs


def to_double(obs):
    return {name: group.double() for name, group in obs.items()}


def by_hand(student, teacher, obs, hidden, kind):
    """One step of a GRU student in NumPy, from the teacher's statistics: what ``infer`` tells, and the state."""
    array, mlp, sigmoid = numpy_networks.array, numpy_networks.mlp, numpy_networks.sigmoid
    statistics = teacher.actor_input.normalizer
    mean, std = array(statistics.mean), np.sqrt(array(statistics.var)) + 0.01
    proprioceptive = (obs["proprioceptive"].numpy() - mean[:5]) / std[:5]
    samples = (obs["exteroceptive"].numpy() - mean[5:17]) / std[5:17]
    known = np.isfinite(samples)
    seen = known.any(axis=-1, keepdims=True)
    samples = np.where(known, samples, 0.0)
    latent = np.where(seen, numpy_networks.per_foot(student.exteroceptive_encoder, samples, NUM_FEET), 0.0)
    hidden = numpy_networks.gru_step(student.memory.rnn, np.concatenate((proprioceptive, latent), axis=-1), hidden)
    feature = hidden[-1]

    encoder, decoder = student.belief_encoder, student.decoder
    gate, height_gate = {"open": (1.0, 1.0), "none": (0.0, 0.0)}.get(kind, (None, None))
    if kind == "learned":
        gate, height_gate = sigmoid(mlp(encoder.gate.network, feature)), sigmoid(mlp(decoder.gate.network, feature))
    gate = np.where(seen, gate, 0.0) * np.ones((1, 12))
    belief = mlp(encoder.state_encoder, feature) + np.concatenate((latent * gate, np.zeros((len(latent), 2))), axis=-1)
    actions = mlp(student.trunk, np.concatenate((proprioceptive, belief), axis=-1))
    heights = mlp(decoder.heights, feature) + height_gate * samples
    privileged = mlp(decoder.privileged, feature)
    denormalized = heights * std[5:17] + mean[5:17], privileged * std[17:] + mean[17:]
    outputs = {"actions": actions, "belief": belief, "decoded_heights": denormalized[0], "gate": gate}
    return {**outputs, "decoded_privileged": denormalized[1]}, (heights, privileged), hidden


def test_widths_of_the_paper():
    settings = {"actor_hidden_dims": [256, 160, 128], "exteroceptive_dims": [80, 60, 24]}
    teacher = make_teacher(widths=GO2_WIDTHS, privileged_dims=[64, 32, 24], **settings)
    student = build("student", StudentPolicy, {"memory": "gru"}, GO2_WIDTHS, STUDENT_GROUPS, teacher)

    def widths(network):
        linear = [layer for layer in network.modules() if isinstance(layer, nn.Linear)]
        return [linear[0].in_features, *(layer.out_features for layer in linear)]

    rnn = student.memory.rnn
    assert (rnn.input_size, rnn.hidden_size, rnn.num_layers) == (213, 50, 2)
    assert widths(student.exteroceptive_encoder) == [52, 80, 60, 24]
    assert widths(student.belief_encoder.state_encoder) == [50, 64, 64, 120]
    assert widths(student.belief_encoder.gate) == [50, 64, 64, 96]
    assert widths(student.decoder.heights) == widths(student.decoder.gate) == [50, 64, 64, 208]
    assert widths(student.decoder.privileged) == [50, 64, 64, 53]
    assert widths(student.trunk) == [237, 256, 160, 128, 3]
    leaves = {type(module) for module in student.modules() if not list(module.children())}
    assert {kind for kind in leaves if "activation" in kind.__module__} == {nn.LeakyReLU}
    (state,) = student.initial_state(4)
    assert state.shape == (2, 4, 50)
    assert student.num_state_tensors == 1
    inference, _ = student.infer(random_obs(4, widths=GO2_WIDTHS), (state,))
    widths_told = {name: part.shape[1] for name, part in inference.told().items()}
    assert widths_told == {"actions": 3, "belief": 120, "decoded_heights": 208, "gate": 96, "decoded_privileged": 53}


@pytest.mark.parametrize("kind", ["learned", "open", "none"])
def test_steps_by_hand(kind):
    teacher = make_teacher().double()
    student = make_student(teacher, gate=kind).double()
    for network in (student.trunk, student.exteroceptive_encoder):  # the student's own weights count, once it learns
        network[0].bias.data.add_(0.1)
    state = tuple(part.double() for part in random_state(student, 4))
    hidden, dones = state[0].numpy(), torch.tensor([[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    obs = to_double(rough_obs(3, 4))
    unrolled, last = student.unroll(obs, dones, state)
    for step in range(3):
        now = {name: group[step] for name, group in obs.items()}
        expected, decoded, hidden = by_hand(student, teacher, now, hidden, kind)
        inference, state = student.infer(now, state)
        told = inference.told()
        assert list(told) == list(expected)
        for name, reference in expected.items():
            np.testing.assert_allclose(told[name].detach(), reference, atol=1e-12)
        np.testing.assert_allclose(state[0].detach(), hidden, atol=1e-12)
        for ours, reference in zip(unrolled, (expected["actions"], *decoded), strict=True):
            np.testing.assert_allclose(ours[step].detach(), reference, atol=1e-12)
        state = clear_state(state, dones[step] != 0)
        hidden = np.where((dones[step].numpy() != 0)[None, :, None], 0.0, hidden)
    np.testing.assert_allclose(last[0].detach(), hidden, atol=1e-12)


def test_at_the_start_it_has_the_teachers_weights_and_statistics():
    teacher = make_teacher().requires_grad_(False)
    student, statistics = make_student(teacher), teacher.actor_input.normalizer
    for name in ("trunk", "exteroceptive_encoder"):
        ours, theirs = getattr(student, name).state_dict(), getattr(teacher.actor, name).state_dict()
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)
    assert all(parameter.requires_grad for parameter in student.parameters())
    own, target = student.actor_input.normalizer, student.target_input.normalizer
    for name in ("mean", "var"):
        assert torch.equal(getattr(own, name), getattr(statistics, name)[:17])
        assert torch.equal(getattr(target, name), getattr(statistics, name)[5:])
    assert own.count == target.count == statistics.count == 20
    before = copy.deepcopy(student.state_dict())
    student.actor_input.update(random_obs(9))
    student.trunk[0].weight.data.add_(1.0)
    assert torch.equal(own.mean, before["actor_input.normalizer.mean"])
    assert not torch.equal(student.trunk[0].weight, teacher.actor.trunk[0].weight)


@pytest.mark.parametrize("normalize", [True, False])
def test_an_open_gate_and_no_memory_leave_the_teacher_without_its_privileged_code(normalize):
    teacher = make_teacher(normalize)
    student = make_student(teacher, gate="open")
    for parameter in student.belief_encoder.state_encoder.parameters():
        parameter.data.zero_()
    nn.init.zeros_(teacher.actor.privileged_encoder[-1].weight)
    nn.init.zeros_(teacher.actor.privileged_encoder[-1].bias)
    obs = random_obs(5)
    obs["exteroceptive"] = obs["exteroceptive_clean"]
    actions, _ = student.act_inference(obs, random_state(student, 5))
    assert torch.equal(actions, teacher.act_inference(obs)[0])


def test_targets_are_what_the_teacher_sees():
    teacher, obs = make_teacher(), random_obs(6, 5)
    heights, privileged = make_student(teacher).targets(obs)
    seen = teacher.actor_input(obs)
    torch.testing.assert_close(heights, seen[..., 5:17])
    torch.testing.assert_close(privileged, seen[..., 17:])
    plain = make_student(make_teacher(normalize=False)).targets(obs)
    assert torch.equal(plain[0], obs["exteroceptive_clean"])
    assert torch.equal(plain[1], obs["privileged"])


def test_copy_from_is_in_place_and_complete():
    student, other = make_student(make_teacher()), make_teacher(init_noise_std=0.5)
    places = {name: value.data_ptr() for name, value in student.state_dict().items()}
    own = copy.deepcopy(student.memory.state_dict())
    student.copy_from(other)
    assert {name: value.data_ptr() for name, value in student.state_dict().items()} == places
    expected = StudentPolicy(WIDTHS, STUDENT_GROUPS, other, rnn_hidden_size=6).state_dict()
    for name, value in student.state_dict().items():
        if name.startswith(("trunk", "exteroceptive_encoder", "actor_input", "target_input")):
            assert torch.equal(value, expected[name])
    torch.testing.assert_close(student.memory.state_dict(), own, rtol=0, atol=0)


def test_a_saved_student_needs_no_other_teacher(baseline):
    student = make_student(make_teacher(), **baseline)
    restored = make_student(make_teacher(), **baseline)
    restored.load_state_dict(student.state_dict())
    obs, state = rough_obs(3), random_state(student, 3)
    told, restored_tells = student.infer(obs, state)[0].told(), restored.infer(obs, state)[0].told()
    torch.testing.assert_close(restored_tells, told, rtol=0, atol=0)


@pytest.mark.parametrize("normalize", [True, False])
def test_stepping_and_unrolling_agree(baseline, normalize):
    student = make_student(make_teacher(normalize), **baseline)
    obs, dones, state = rough_obs(6, 4), torch.rand(6, 4) < 0.3, random_state(student, 4)
    unrolled, last = student.unroll(obs, dones, state)
    for step in range(6):
        now = {name: group[step] for name, group in obs.items()}
        inference, after = student.infer(now, state)
        actions, state = student.act_inference(now, state)
        torch.testing.assert_close(actions, inference.actions)
        torch.testing.assert_close(actions, unrolled.actions[step])
        decoded = torch.cat((unrolled.heights[step], unrolled.privileged[step]), dim=-1)
        decoded = student.target_input.denormalize(decoded)
        together = torch.cat((inference.decoded_heights, inference.decoded_privileged), dim=-1)
        torch.testing.assert_close(together, decoded)
        torch.testing.assert_close(after, state)
        state = clear_state(state, dones[step])
    torch.testing.assert_close(last, state)
    assert len(state) == student.num_state_tensors


@given(cut=st.integers(1, 5), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=15)
def test_episodes_and_chunks_stand_for_themselves(cut, seed):
    """A sequence in which an episode ends is two sequences; a sequence in two chunks is one."""
    torch.manual_seed(seed)
    student = make_student(make_teacher())
    obs, dones, state = random_obs(6, 2), torch.zeros(6, 2), random_state(student, 2)
    dones[cut - 1, 0] = 1.0
    whole, last = student.unroll(obs, dones, state)
    first, middle = student.unroll({name: group[:cut] for name, group in obs.items()}, dones[:cut], state)
    rest = {name: group[cut:] for name, group in obs.items()}
    second, end = student.unroll(rest, dones[cut:], middle)
    torch.testing.assert_close(last, end)
    for part, before, after in zip(whole, first, second, strict=True):
        torch.testing.assert_close(part, torch.cat((before, after)))
    fresh, _ = student.unroll(rest, dones[cut:], student.initial_state(2))
    torch.testing.assert_close(whole.actions[cut:, 0], fresh.actions[:, 0])
    assert (whole.actions[cut:, 1] != fresh.actions[:, 1]).any()


def test_every_parameter_is_trained(baseline):
    student = make_student(make_teacher(), **baseline)
    output, _ = student.unroll(random_obs(4, 5), torch.zeros(4, 5), random_state(student, 5))
    loss = sum((part.square().mean() for part in output), torch.zeros(()))
    loss.backward()
    still = [name for name, part in student.named_parameters() if part.grad is None or (part.grad == 0).all()]
    assert still == []


def test_a_sample_that_is_missing_counts_as_the_mean():
    teacher = make_teacher()
    student, obs = make_student(teacher), random_obs(3)
    state = random_state(student, 3)
    filled = {name: group.clone() for name, group in obs.items()}
    filled["exteroceptive"][:, 4:7] = teacher.actor_input.normalizer.mean[9:12]
    obs["exteroceptive"][:, 4:7] = torch.tensor([NAN, INF, -INF])
    told = student.infer(obs, state)[0].told()
    torch.testing.assert_close(told, student.infer(filled, state)[0].told())
    assert all(value.isfinite().all() for value in told.values())


@pytest.mark.parametrize("gate", ["learned", "open", "none"])
def test_without_a_map_it_goes_on_as_if_blind(gate):
    """Only the robot whose scan is missing, and like a blind student with the same weights."""
    teacher = make_teacher()
    student, blind = make_student(teacher, gate=gate), make_student(teacher, blind=True)
    weights = {name: value for name, value in student.state_dict().items() if name in blind.state_dict()}
    weights["memory.rnn.weight_ih_l0"] = weights["memory.rnn.weight_ih_l0"][:, :5]
    for name in ("mean", "var"):
        weights[f"actor_input.normalizer.{name}"] = weights[f"actor_input.normalizer.{name}"][:5]
    blind.load_state_dict(weights)
    obs, state = random_obs(2), random_state(student, 2)
    obs["exteroceptive"][0] = NAN
    inference, after = student.infer(obs, state)
    expected, expected_after = blind.infer(obs, state)
    for name, value in expected.told().items():
        torch.testing.assert_close(getattr(inference, name)[0], value[0])
    torch.testing.assert_close(after[0][:, 0], expected_after[0][:, 0])
    assert inference.gate is not None and (inference.gate[0] == 0).all()
    assert (inference.actions[1] != expected.actions[1]).any()
    assert (inference.gate[1] > 0).all() == (gate != "none")


def test_missing_samples_leave_finite_gradients():
    student = make_student(make_teacher())
    obs = rough_obs(4, 3)
    obs["exteroceptive"][2] = NAN
    output, _ = student.unroll(obs, torch.zeros(4, 3), student.initial_state(3))
    for gradient in torch.autograd.grad(sum(part.sum() for part in output), list(student.parameters())):
        assert gradient.isfinite().all()


def test_what_a_baseline_lacks_does_not_exist():
    def parts(**settings):
        names = {name for name, _ in make_student(make_teacher(), **settings).named_parameters()}
        return {part for part in ("exteroceptive_encoder", "belief_encoder.gate", "decoder.gate") if part in str(names)}

    assert parts() == {"exteroceptive_encoder", "belief_encoder.gate", "decoder.gate"}
    assert parts(gate="open") == parts(gate="none") == {"exteroceptive_encoder"}
    assert parts(blind=True) == parts(blind=True, gate="open") == set()
    blind = make_student(make_teacher(), blind=True)
    assert blind.is_blind
    assert blind.memory.rnn.input_size == WIDTHS["proprioceptive"]
    assert make_student(make_teacher(), memory="mlp").num_state_tensors == 0


def test_without_a_gate_the_view_reaches_the_actions_through_the_memory_alone():
    student, obs = make_student(make_teacher(), gate="none"), random_obs(3)
    other = {**obs, "exteroceptive": torch.randn(3, 12)}
    state = random_state(student, 3)
    assert (student.infer(obs, state)[0].belief != student.infer(other, state)[0].belief).any(dim=1).all()
    student.memory.rnn.weight_ih_l0.data[:, 5:] = 0.0
    told, told_of_other = student.infer(obs, state)[0].told(), student.infer(other, state)[0].told()
    torch.testing.assert_close(told, told_of_other, rtol=0, atol=0)


def test_a_blind_student_needs_no_map():
    student = make_student(make_teacher(), blind=True)
    obs, state = random_obs(3), student.initial_state(3)
    actions, _ = student.act_inference({name: obs[name] for name in BLIND_GROUPS}, state)
    assert actions.shape == (3, 3)


def test_inference_policy_follows_the_hidden_state(baseline):
    student = make_student(make_teacher(), **baseline)
    acting = InferencePolicy(student, "cpu")
    first, second = random_obs(3), random_obs(3)
    actions, state = student.act_inference(first, student.initial_state(3))
    torch.testing.assert_close(acting(first), actions)
    ended = torch.tensor([0, 1, 0])
    acting.reset(ended)
    expected, _ = student.act_inference(second, clear_state(state, ended != 0))
    torch.testing.assert_close(acting(second), expected)


def test_settings_are_checked():
    teacher = make_teacher()
    with pytest.raises(ConfigError, match="unknown memory 'grru', did you mean 'gru'"):
        make_student(teacher, memory="grru")
    with pytest.raises(ConfigError, match="gate must be one of"):
        make_student(teacher, gate="closed")
    with pytest.raises(ConfigError, match=r"'student' have the widths \(12, 5\), the teacher's \(5, 12\)"):
        StudentPolicy(WIDTHS, STUDENT_GROUPS[::-1], teacher)
    with pytest.raises(ConfigError, match="perhaps an exteroceptive group"):
        StudentPolicy(WIDTHS, [*STUDENT_GROUPS, "privileged"], teacher)
    with pytest.raises(ConfigError, match=r"\['map'\] are not offered"):
        StudentPolicy(WIDTHS, ["proprioceptive", "map"], teacher)
    with pytest.raises(ConfigError, match="did you mean 'rnn_hidden_size'"):
        build("student", StudentPolicy, {"rnn_hiden_size": 4}, WIDTHS, STUDENT_GROUPS, teacher)


class Telling(nn.Module):
    """A student with tensors alone going in and out."""

    def __init__(self, student):
        super().__init__()
        self.student = student.eval().requires_grad_(False)

    def forward(self, obs, *state):
        groups = zip(self.student.actor_input.groups, obs.split(self.student.actor_input.widths, dim=-1), strict=True)
        inference, state = self.student.infer(dict(groups), state)
        return (*inference.told().values(), *state)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["belief", "blind_mlp"])
def test_onnx_runtime_tells_the_same(name, tmp_path):
    student = make_student(make_teacher(), **BASELINES[name])
    module, batch = Telling(student), torch.export.Dim("batch")
    example = (torch.zeros(2, student.actor_input.dim), *student.initial_state(2))
    shapes = ({0: batch}, tuple({1: batch} for _ in example[1:]))
    program = torch.onnx.export(module, example, dynamic_shapes=shapes[: len(example)], dynamo=True, verbose=False)
    assert program is not None
    program.save(str(tmp_path / "student.onnx"))
    session = onnxruntime.InferenceSession(str(tmp_path / "student.onnx"), providers=["CPUExecutionProvider"])
    rough = rough_obs(5)
    obs = torch.cat([rough[group] for group in student.actor_input.groups], dim=-1)
    inputs = (obs, *random_state(student, 5))
    names = [node.name for node in session.get_inputs()]
    outputs = session.run(None, {name: value.numpy() for name, value in zip(names, inputs, strict=True)})
    for ours, reference in zip(outputs, module(*inputs), strict=True):
        np.testing.assert_allclose(ours, reference, atol=1e-5)
