"""On CUDA, what is replayed from graphs has to be what runs eagerly, and nothing may wait for the device."""

import copy

import pytest
import torch

from rsl_rl.runners import TeacherStudentRunner
from rsl_rl.utils.distributed import Distributed
from tests.gpu.waiting import no_waiting
from tests.rsl_rl.cue_env import CueEnv, train_cfg
from tests.rsl_rl.small_student import T, make_distillation, random_obs
from tests.rsl_rl.two_students import distill_from_fixed_data, run_two

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

two_gpus = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
N = 32


@pytest.fixture(autouse=True)
def full_precision():
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False


def make(use_graphs=True, **variant):
    torch.manual_seed(0)
    return make_distillation(N, "cuda", learning_rate=1e-3, num_mini_batches=2, use_graphs=use_graphs, **variant)


def random_data():
    ended = torch.rand(T, N, device="cuda") < 0.2
    return [random_obs(N, "cuda") for _ in range(T)], ended


def roll(algorithm, data):
    """Collect a rollout and return the actions [T, N, A]."""
    algorithm.start_rollout()
    actions = []
    for obs, ended in zip(*data, strict=True):
        actions.append(algorithm.act(obs).clone())
        algorithm.process_env_step(torch.zeros(N, device="cuda"), ended, {})
    return torch.stack(actions)


@pytest.mark.parametrize("variant", [{}, {"memory": "mlp"}, {"gate": "open"}, {"groups": ["felt"]}])
def test_graph_and_eager_agree(variant):
    eager, captured = make(use_graphs=False, **variant), make(**variant)
    for iteration in range(4):
        data = random_data()
        if iteration == 2:
            data[0][1]["felt"][5] = float("nan")
        results = []
        for algorithm in (eager, captured):
            actions = roll(algorithm, data)
            torch.manual_seed(iteration)
            algorithm.set_progress(iteration / 4)
            algorithm.update({})
            metrics = {name: value.clone() for name, value in algorithm.metrics().items()}
            results.append({"actions": actions, **metrics})
        torch.testing.assert_close(results[1], results[0], atol=1e-5, rtol=1e-5, equal_nan=True)
        for ours, reference in zip(captured.storage.rollout.tensors, eager.storage.rollout.tensors, strict=True):
            torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5, equal_nan=True)
        for ours, reference in zip(captured.state, eager.state, strict=True):
            torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5)
    # One robot of one rollout is left out.
    assert (captured.num_skipped.item(), captured.storage.num_left_out.item()) == (0, T)
    ours, reference = (dict(algorithm.policy.state_dict()) for algorithm in (captured, eager))
    torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5)


def test_loading_after_capture_takes_effect():
    algorithm, other = make(), make()
    data = random_data()
    for _ in range(3):
        roll(algorithm, data)
        algorithm.update({})
    saved = copy.deepcopy((algorithm.policy.state_dict(), algorithm.state_dict()))
    outcomes = []
    for _ in range(2):
        algorithm.policy.load_state_dict(saved[0])
        algorithm.load_state_dict(copy.deepcopy(saved[1]))
        for state in algorithm.state:
            state.zero_()
        actions = roll(algorithm, data)
        torch.manual_seed(3)
        algorithm.update({})
        outcomes.append(copy.deepcopy((actions, algorithm.policy.state_dict())))
    torch.testing.assert_close(outcomes[1], outcomes[0], atol=1e-6, rtol=1e-5)

    weights = {name: 2 * value for name, value in other.teacher.state_dict().items()}
    algorithm.load_teacher(weights)
    roll(algorithm, data)
    labels, _ = algorithm.teacher.act_inference(data[0][-1])
    torch.testing.assert_close(algorithm.storage.rollout.actions[-1], labels, atol=1e-5, rtol=1e-5)


def train(tmp_path, num_iterations=15, begins_at=1.0):
    """Train a teacher and a student of it, and return the student's runner."""
    TeacherStudentRunner(CueEnv(64, "cuda"), train_cfg("teacher"), tmp_path, "cuda").learn(20)
    curriculum = {"max_iterations": num_iterations}
    cfg = {**train_cfg("student", student_curriculum=curriculum), "reinforcement": {"begins_at": begins_at}}
    runner = TeacherStudentRunner(CueEnv(64, "cuda"), cfg, tmp_path, "cuda")
    runner.load_teacher(tmp_path / "model_20.pt")
    runner.learn(num_iterations)
    return runner


@pytest.mark.parametrize("begins_at", [1.0, 0.4])
def test_runner_waits_for_the_device_once_an_iteration(tmp_path, begins_at):
    """Between the first and the last step of an iteration, nothing may read from the device."""
    runner = train(tmp_path, 5, begins_at)
    obs = runner.env.get_observations()
    with no_waiting():
        runner._begin_iteration()
        runner.algorithm.update(runner._collect(obs))


def test_runner_learns_and_resumes_on_cuda(tmp_path):
    runner = train(tmp_path)
    assert runner.algorithm.metrics()["Loss/behaviour"] < 0.1
    resumed = TeacherStudentRunner(CueEnv(64, "cuda"), train_cfg("student"), tmp_path, "cuda")
    resumed.load(tmp_path / "model_15.pt")
    resumed.learn(1)
    assert resumed.iteration == 16
    on_cpu = TeacherStudentRunner(CueEnv(64), train_cfg("student"))
    on_cpu.load(tmp_path / "model_16.pt")
    on_cpu.learn(1)
    assert on_cpu.iteration == 17


@pytest.mark.parametrize(
    ("devices", "backend"),
    [(("cuda:0", "cuda:0"), "gloo"), pytest.param(("cuda:0", "cuda:1"), "nccl", marks=two_gpus)],
)
def test_two_processes_learn_what_one_learns_from_all(tmp_path, devices, backend):
    first, second = run_two(tmp_path, devices, backend)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(first[0], distill_from_fixed_data(Distributed(), "cuda:0"), atol=1e-5, rtol=1e-4)
