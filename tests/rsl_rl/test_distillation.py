import copy
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from rsl_rl.algorithms import Distillation
from rsl_rl.modules.memory import clear_state
from rsl_rl.modules.student import StudentOutput
from rsl_rl.storage import SequenceStorage
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl.small_student import A, T, make_distillation, random_obs
from tests.rsl_rl.two_students import distill_from_fixed_data, run_two

N = 4


def make(**settings):
    torch.manual_seed(0)
    return make_distillation(N, **{"num_mini_batches": 2, **settings})


def roll(algorithm, spoil=lambda obs, step: None, ended=lambda step: torch.rand(N) < 0.2):
    """Collect a rollout of random observations and return them."""
    algorithm.start_rollout()
    collected = []
    for step in range(algorithm.storage.num_steps):
        obs = random_obs(N)
        spoil(obs, step)
        algorithm.act(obs)
        algorithm.process_env_step(torch.zeros(N), ended(step), {})
        collected.append(obs)
    return collected


class LinearStudent(nn.Module):
    """h' = a h + b x, for which each output is a multiple of h'. Simple enough to be learned in NumPy."""

    actor_input = SimpleNamespace(groups=("felt",))

    def __init__(self, a, b, c, d, e):
        super().__init__()
        self.weights = nn.Parameter(torch.tensor([a, b, c, d, e]))

    def initial_state(self, num_envs):
        return (torch.zeros(1, num_envs, 1),)

    def act_inference(self, obs, state):
        hidden = self.weights[0] * state[0][0] + self.weights[1] * obs["felt"]
        return self.weights[2] * hidden, (hidden.unsqueeze(0),)

    def unroll(self, obs, dones, state):
        hiddens = []
        for felt, ended in zip(obs["felt"], dones != 0, strict=True):
            _, state = self.act_inference({"felt": felt}, state)
            hiddens.append(state[0][0])
            state = clear_state(state, ended)
        hidden = torch.stack(hiddens)
        return StudentOutput(*(weight * hidden for weight in self.weights[2:])), state

    def targets(self, obs):
        return obs["true"], obs["hidden"]


class LinearTeacher(nn.Module):
    """Does twice what is hidden from the student."""

    actor_input = SimpleNamespace(groups=("felt", "true", "hidden"))

    def act_inference(self, obs):
        return 2.0 * obs["hidden"], ()


def numpy_distillation(weights, data, order, length, settings):
    """Learn what LinearStudent does, with derivatives carried forward instead of back-propagated.

    Return the weights and the mean losses.
    """
    weights, reported = np.array(weights), []
    moments, step = np.zeros((2, 5)), 0
    felt, true, hidden, dones = (data[name] for name in ("felt", "true", "hidden", "dones"))
    for envs in order:
        state = data["state"][envs].copy()
        for start in range(0, len(felt), length):
            slope = np.zeros((len(envs), 2))  # of the state by a and b: what came before the chunk is taken as given
            gradient, losses = np.zeros(5), np.zeros(3)
            for t in range(start, start + length):
                a, b, *outputs = weights
                slope = np.stack((state, felt[t, envs]), axis=1) + a * slope
                state = a * state + b * felt[t, envs]
                targets = 2.0 * hidden[t, envs], true[t, envs], hidden[t, envs]
                for i, (output, target, weight) in enumerate(zip(outputs, targets, (1.0, 0.25, 0.25), strict=True)):
                    error, share = output * state - target, 1.0 / (length * len(envs))
                    losses[i] += share * (error**2).sum()
                    gradient[2 + i] += weight * share * (2.0 * error * state).sum()
                    gradient[:2] += weight * share * (2.0 * error * output) @ slope
                running = 1.0 - dones[t, envs]
                state, slope = state * running, slope * running[:, None]
            norm = np.linalg.norm(gradient)
            gradient *= min(1.0, settings["max_grad_norm"] / norm)
            step += 1
            moments[0] = 0.9 * moments[0] + 0.1 * gradient
            moments[1] = 0.999 * moments[1] + 0.001 * gradient**2
            first, second = moments[0] / (1.0 - 0.9**step), moments[1] / (1.0 - 0.999**step)
            weights = weights - settings["learning_rate"] * first / (np.sqrt(second) + 1e-8)
            reported.append(losses)
    return weights, np.mean(reported, axis=0)


@pytest.mark.parametrize("length", [1, 2, 6])
def test_updates_are_those_of_numpy(length):
    """Losses, truncation, ends of episodes, order of chunks and steps of Adam, all at once."""
    settings = {"learning_rate": 0.02, "max_grad_norm": 0.5}
    weights = [0.8, 0.5, 1.0, -0.5, 0.3]
    student, widths = LinearStudent(*weights), dict.fromkeys(("felt", "true", "hidden"), 1)
    storage = SequenceStorage(T, N, widths, 1, student.initial_state(N))
    algorithm = Distillation(
        student, LinearTeacher(), storage, num_learning_epochs=2, num_mini_batches=2, truncation_length=length,
        reconstruction_coef=0.25, **settings,
    )  # fmt: skip
    generator = np.random.default_rng(0)
    for _ in range(2):  # the second rollout starts from a hidden state
        data = {name: generator.normal(size=(T, N)) for name in widths}
        data["dones"] = (generator.random((T, N)) < 0.3).astype(float)
        data["state"] = algorithm.state[0].flatten().double().numpy().copy()
        algorithm.start_rollout()
        for t in range(T):
            algorithm.act({name: torch.tensor(data[name][t, :, None], dtype=torch.float32) for name in widths})
            algorithm.process_env_step(torch.zeros(N), torch.tensor(data["dones"][t]), {})
    assert np.abs(data["state"]).max() > 0.1
    torch.manual_seed(3)
    order = [samples.numpy() for samples in storage.mini_batches(2, 2)]
    torch.manual_seed(3)
    algorithm.update({})
    expected, losses = numpy_distillation(weights, data, order, length, settings)
    np.testing.assert_allclose(student.weights.detach().numpy(), expected, atol=2e-6)
    assert np.linalg.norm(expected - weights) > 0.02
    metrics = algorithm.metrics()
    for name, loss in zip(("behaviour", "heights_reconstruction", "privileged_reconstruction"), losses, strict=True):
        assert metrics[f"Loss/{name}"].item() == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"memory": "mlp"},
        {"gate": "open"},
        {"gate": "none"},
        {"groups": ["felt"]},
        {"groups": ["felt"], "memory": "mlp"},
    ],
)
def test_every_kind_of_student_learns_with_all_its_weights(variant):
    algorithm = make(**variant, learning_rate=1e-3)
    before = {name: value.clone() for name, value in algorithm.policy.state_dict().items()}
    roll(algorithm)
    algorithm.update({})
    for name, parameter in algorithm.policy.named_parameters():
        assert not torch.equal(parameter, before[name]), name
    for name, buffer in algorithm.policy.named_buffers():
        torch.testing.assert_close(buffer, before[name], rtol=0, atol=0, msg=name)
    assert algorithm.metrics()["Loss/behaviour"] > 0
    assert algorithm.num_skipped.item() == 0


def test_student_acts_and_teacher_labels_the_same_observations():
    algorithm = make()
    student, storage = algorithm.policy, algorithm.storage
    state = student.initial_state(N)
    for _ in range(2):  # the memory goes on in the second rollout
        algorithm.start_rollout()
        for part, kept in zip(state, storage.initial_state, strict=True):
            torch.testing.assert_close(part, kept)
        for step in range(T):
            obs, ended = random_obs(N), torch.rand(N) < 0.3
            expected, state = student.act_inference(obs, state)
            torch.testing.assert_close(algorithm.act(obs), expected)
            algorithm.process_env_step(torch.zeros(N), ended, {})
            state = clear_state(state, ended)
            labels, _ = algorithm.teacher.act_inference(obs)
            torch.testing.assert_close(storage.rollout.actions[step], labels)
            assert storage.rollout.dones[step].tolist() == ended.tolist()
            for name, group in storage.rollout.obs.items():
                torch.testing.assert_close(group[step], obs[name])
    assert state[0].abs().sum() > 0
    assert set(storage.rollout.obs) == {"felt", "seen", "true", "hidden"}


def test_learning_sees_what_the_student_did_in_the_rollout():
    """With unchanged weights, going through the chunks gives the actions of the rollout."""
    algorithm = make(learning_rate=0.0, num_learning_epochs=1, num_mini_batches=1)
    roll(algorithm)
    actions, outputs = [], []
    algorithm.start_rollout()
    for step in range(T):
        actions.append(algorithm.act(random_obs(N)).clone())
        algorithm.process_env_step(torch.zeros(N), torch.tensor([step == 1, step == 2, False, step == 4]), {})
    unroll = algorithm.policy.unroll

    def spy(obs, dones, state):
        output, state = unroll(obs, dones, state)
        outputs.append(output.actions.detach())
        return output, state

    algorithm.policy.unroll = spy
    torch.manual_seed(1)
    algorithm.update({})
    assert [len(output) for output in outputs] == [3, 3]
    torch.manual_seed(1)
    order = torch.randperm(N)
    torch.testing.assert_close(torch.cat(outputs), torch.stack(actions)[:, order])


def gradients_of_last_action_of_each_chunk(algorithm):
    """Return, for each chunk, how its last actions depend on what was felt in each step of the rollout [T, N, 3]."""
    felt = algorithm.storage.rollout.obs["felt"].requires_grad_()
    unroll, gradients = algorithm.policy.unroll, []

    def spy(obs, dones, state):
        output, state = unroll(obs, dones, state)
        gradients.append(torch.autograd.grad(output.actions[-1].sum(), felt, retain_graph=True)[0])
        return output, state

    algorithm.policy.unroll = spy
    algorithm.update({})
    return gradients


def test_gradients_flow_through_the_window_and_no_further():
    algorithm = make(num_learning_epochs=1, num_mini_batches=1)
    roll(algorithm, ended=lambda step: torch.zeros(N))
    first, second = gradients_of_last_action_of_each_chunk(algorithm)
    assert (first[:3].abs().sum(dim=-1) > 0).all()
    assert (first[3:] == 0).all()
    assert (second[:3] == 0).all()
    assert (second[3:].abs().sum(dim=-1) > 0).all()


def test_no_gradient_flows_across_the_end_of_an_episode():
    algorithm = make(num_learning_epochs=1, num_mini_batches=1)
    roll(algorithm, ended=lambda step: torch.tensor([step == 4, False, False, False]))  # second step of chunk 2
    _, second = gradients_of_last_action_of_each_chunk(algorithm)
    assert (second[3:5, 0] == 0).all()
    assert (second[5, 0] != 0).any()
    assert (second[3:, 1:].abs().sum(dim=-1) > 0).all()


def spoil_step_1_of_environment_2(obs, step):
    if step == 1:
        obs["felt"][2] = float("nan")


def test_only_the_spoiled_chunk_is_skipped_and_it_is_remembered():
    algorithm = make(num_learning_epochs=1, num_mini_batches=4, learning_rate=1e-3)
    algorithm.storage.leave_out_faulty = lambda groups: None
    roll(algorithm, spoil_step_1_of_environment_2, ended=lambda step: torch.zeros(N))
    algorithm.update({})
    metrics = algorithm.metrics()
    # The chunk that follows starts from an empty memory instead of a spoiled one.
    assert metrics["Loss/skipped_updates"].item() == 1
    assert metrics["Loss/behaviour"].isfinite()
    assert all(value.isfinite().all() for value in algorithm.policy.state_dict().values())
    assert all(part.isfinite().all() for part in algorithm.state)
    offending = algorithm.offending_mini_batch()
    assert (offending["samples"].tolist(), offending["start"].tolist()) == ([2], [0])
    assert offending["fields"]["obs"]["felt"][:, 0].isnan().all(dim=-1).tolist() == [False, True, False]
    assert offending["fields"]["actions"].shape == (3, 1, A)
    assert math.isnan(offending["losses"]["behaviour"])


def test_a_robot_that_is_not_finite_is_left_out():
    algorithm = make(num_learning_epochs=1, num_mini_batches=4)
    roll(algorithm, spoil_step_1_of_environment_2, ended=lambda step: torch.zeros(N))
    algorithm.update({})
    metrics = algorithm.metrics()
    assert (metrics["Loss/skipped_updates"].item(), metrics["Faults/left_out_steps"].item()) == (0, 6)
    assert sorted(algorithm.storage.draw().tolist()) == [0, 1, 1, 3]
    assert all(value.isfinite().all() for value in algorithm.policy.state_dict().values())


def test_an_update_that_is_not_finite_changes_nothing():
    algorithm = make()
    roll(algorithm)
    algorithm.update({})
    before = copy.deepcopy((algorithm.policy.state_dict(), algorithm.state_dict()))

    def spoil(obs, step):
        obs["hidden"].fill_(float("inf"))

    roll(algorithm, spoil)
    algorithm.update({})
    torch.testing.assert_close((algorithm.policy.state_dict(), algorithm.state_dict()), before, rtol=0, atol=0)
    assert algorithm.num_skipped.item() == 2 * 2 * 2
    assert algorithm.metrics()["Loss/behaviour"].isnan()
    roll(algorithm)
    algorithm.update({})
    assert algorithm.num_skipped.item() == 8
    assert algorithm.metrics()["Loss/behaviour"].isfinite()


def test_the_teacher_stays_as_it_is():
    algorithm = make()
    before = copy.deepcopy(algorithm.teacher.state_dict())
    roll(algorithm)
    algorithm.update({})
    torch.testing.assert_close(algorithm.teacher.state_dict(), before, rtol=0, atol=0)
    assert not any(parameter.requires_grad for parameter in algorithm.teacher.parameters())
    assert not algorithm.teacher.training


def test_another_teacher_gives_the_student_its_networks():
    algorithm, other = make(), make()
    for tensor in other.teacher.state_dict().values():
        tensor.mul_(3)
    algorithm.load_teacher(other.teacher.state_dict())
    torch.testing.assert_close(algorithm.policy.trunk.state_dict(), other.teacher.actor.trunk.state_dict())
    mean = other.teacher.actor_input.normalizer.mean
    torch.testing.assert_close(algorithm.policy.actor_input.normalizer.mean[:3], mean[:3])
    obs = random_obs(N)
    algorithm.act(obs)
    torch.testing.assert_close(algorithm.storage.current.actions, other.teacher.act_inference(obs)[0])


def test_learning_rate_goes_linearly_to_its_end():
    algorithm = make(learning_rate=0.4, final_learning_rate=0.2)
    rates = []
    for progress in (0.0, 0.25, 1.0, 1.5):
        algorithm.set_progress(progress)
        rates.append(algorithm.metrics()["Loss/learning_rate"].item())
    assert rates == pytest.approx([0.4, 0.35, 0.2, 0.2])


def test_state_survives_saving_to_another_learner():
    first, second = make(), make()
    for tensor in first.teacher.state_dict().values():
        tensor.mul_(2)
    first.set_progress(0.5)
    roll(first)
    first.update({})
    second.policy.load_state_dict(copy.deepcopy(first.policy.state_dict()))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for kept, now in zip(second.state, first.state, strict=True):
        kept.copy_(now)
    for algorithm in (first, second):
        torch.manual_seed(7)
        roll(algorithm)
        algorithm.update({})
    torch.testing.assert_close(second.policy.state_dict(), first.policy.state_dict(), rtol=0, atol=0)
    torch.testing.assert_close(second.state_dict(), first.state_dict(), rtol=0, atol=0)


def test_settings_are_checked():
    with pytest.raises(ConfigError, match="num_steps_per_env is 6, no multiple of the chunk length 4"):
        make(truncation_length=4)
    with pytest.raises(ConfigError, match="num_mini_batches is 5"):
        make(num_mini_batches=5)


def test_two_processes_learn_what_one_learns_from_all(tmp_path):
    single = distill_from_fixed_data(Distributed())
    first, second = run_two(tmp_path, ("cpu", "cpu"), "gloo")
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(first[0], single, atol=1e-5, rtol=1e-5)


def test_the_teacher_acts_in_its_share_of_the_episodes_and_less_and_less():
    algorithm = make(teacher_share=0.5, teacher_until=0.5)
    algorithm.start_rollout()
    algorithm._led.copy_(torch.tensor([True, False, True, False]))
    obs = random_obs(N)
    own, _ = algorithm.policy.act_inference(obs, algorithm.state)
    labels, _ = algorithm.teacher.act_inference(obs)
    torch.testing.assert_close(algorithm.act(obs)[::2], labels[::2])
    torch.testing.assert_close(algorithm._actions[1::2], own[1::2])
    algorithm.set_progress(0.25)
    assert algorithm.metrics()["Distillation/teacher_share"].item() == 0.25
    algorithm.set_progress(0.5)
    algorithm.process_env_step(torch.zeros(N), torch.tensor([True, False, False, True]), {})
    assert algorithm._led.tolist() == [False, False, True, False]


def test_a_student_acts_alone_by_default():
    algorithm = make()
    assert "Distillation/teacher_share" not in algorithm.metrics() and not algorithm._led.any()
