"""On CUDA, what is replayed from graphs has to be what runs eagerly, and nothing may wait for the device."""

import copy

import pytest
import torch

from rsl_rl.modules import gaussian
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.utils.distributed import Distributed
from tests.gpu.waiting import no_waiting
from tests.rsl_rl.processes import run_two
from tests.rsl_rl.product_env import ProductEnv, train_cfg
from tests.rsl_rl.small_estimator import A, T, make_ppo, random_obs
from tests.rsl_rl.two_estimators import learn_from_fixed_data

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

two_gpus = pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
N = 32


@pytest.fixture(autouse=True)
def full_precision():
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")


def make(use_graphs=True):
    torch.manual_seed(0)
    estimator = {"num_samples": 100, "num_epochs": 3, "num_mini_batches": 2, "decay_iterations": 4}
    return make_ppo(N, "cuda", estimator=estimator, num_mini_batches=2, use_graphs=use_graphs)


def random_data():
    obs = [{name: group.cuda() for name, group in random_obs(N).items()} for _ in range(T + 1)]
    return obs, torch.randn(T, N, A, device="cuda"), torch.randn(T, N, device="cuda")


def learn(ppo, data, seed):
    """Learn from given observations, actions and rewards, so that only the order of samples is random."""
    obs, actions, rewards = data
    ppo.start_rollout()
    for step in range(T):
        ppo.act(obs[step])
        now = ppo.storage.current
        now.actions.copy_(actions[step])
        now.log_prob.copy_(gaussian.log_prob(now.mean, now.std, now.actions))
        ppo.process_env_step(rewards[step], torch.zeros(N, device="cuda"), {})
    torch.manual_seed(seed)
    ppo.update(obs[T])


def test_graph_and_eager_agree():
    eager, captured = make(use_graphs=False), make()
    for iteration in range(5):
        data = random_data()
        if iteration == 3:
            for obs in data[0]:
                obs["contact"].fill_(float("nan"))
        for ppo in (eager, captured):
            learn(ppo, data, iteration)
        torch.testing.assert_close(captured.metrics(), eager.metrics(), atol=1e-5, rtol=1e-5, equal_nan=True)
    assert captured.metrics()["Loss/skipped_updates"].item() == 6
    ours, reference = (dict(ppo.policy.state_dict()) for ppo in (captured, eager))
    torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5)


def test_loading_after_capture_takes_effect():
    ppo = make()
    data = random_data()
    for _ in range(3):
        learn(ppo, data, seed=1)
    saved = copy.deepcopy((ppo.policy.state_dict(), ppo.state_dict()))
    outcomes = []
    for _ in range(2):
        ppo.policy.load_state_dict(saved[0])
        ppo.load_state_dict(copy.deepcopy(saved[1]))
        learn(ppo, data, seed=3)
        outcomes.append(copy.deepcopy((ppo.policy.state_dict(), ppo.metrics())))
    torch.testing.assert_close(outcomes[1], outcomes[0], atol=1e-6, rtol=1e-5)


def test_runner_waits_for_the_device_once_an_iteration():
    """Between the first and the last step of an iteration, nothing may read from the device."""
    runner = OnPolicyRunner(ProductEnv(64, "cuda"), train_cfg(), device="cuda")
    runner.learn(5)
    obs = runner.env.get_observations()
    with no_waiting():
        runner.algorithm.update(runner._collect(obs))


def test_runner_learns_and_resumes_on_cuda(tmp_path):
    runner = OnPolicyRunner(ProductEnv(64, "cuda"), train_cfg(), tmp_path, "cuda")
    runner.learn(30)
    assert runner.algorithm.metrics()["Loss/estimator"] < 0.01
    env = ProductEnv(500, "cuda")
    missed = runner.get_inference_policy()(env.get_observations())[:, 0] - env.force
    assert missed.abs().mean() < 0.1
    resumed = OnPolicyRunner(ProductEnv(64, "cuda"), train_cfg(), tmp_path, "cuda")
    resumed.load(tmp_path / "model_30.pt")
    resumed.learn(1)
    on_cpu = OnPolicyRunner(ProductEnv(64), train_cfg())
    on_cpu.load(tmp_path / "model_31.pt")
    on_cpu.learn(1)
    assert on_cpu.iteration == on_cpu.algorithm.state_dict()["estimator"]["iteration"] == 32


@pytest.mark.parametrize(
    ("devices", "backend"),
    [(("cuda:0", "cuda:0"), "gloo"), pytest.param(("cuda:0", "cuda:1"), "nccl", marks=two_gpus)],
)
def test_two_processes_learn_what_one_learns_from_all(tmp_path, devices, backend):
    first, second = run_two(learn_from_fixed_data, tmp_path, devices, backend)
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.testing.assert_close(first, learn_from_fixed_data(Distributed(), "cuda:0"), atol=1e-5, rtol=1e-4)
