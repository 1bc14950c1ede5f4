"""On CUDA, what is replayed from graphs has to be what runs eagerly."""

import copy
import functools

import pytest
import torch

from robust_parallel.graph import CapturedFunction
from rsl_rl.algorithms import PPO, MirrorPPO
from rsl_rl.modules import ActorCritic, ActorCriticRecurrent, gaussian
from rsl_rl.runners import OnPolicyRunner
from rsl_rl.storage import RolloutStorage
from tests.gpu.waiting import no_waiting
from tests.rsl_rl.perceptive import NUM_ACTIONS, make_teacher
from tests.rsl_rl.perceptive import WIDTHS as TEACHER_WIDTHS
from tests.rsl_rl.point_env import PointEnv, train_cfg

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")]

WIDTHS = {"policy": 7, "critic": 9}
GROUPS = {"policy": ["policy"], "critic": ["critic", "policy"]}
T, N, A = 6, 32, 3


@pytest.fixture(autouse=True)
def full_precision():
    torch.manual_seed(0)
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False


def make(policy_class, use_graphs, **further):
    torch.manual_seed(0)
    memory = {"rnn_hidden_size": 8} if policy_class is ActorCriticRecurrent else {}
    settings = {"actor_hidden_dims": [16], "critic_hidden_dims": [16], "empirical_normalization": True, **memory}
    policy = policy_class(WIDTHS, GROUPS, A, **settings).cuda()
    storage = RolloutStorage(T, N, WIDTHS, A, policy.initial_state(N), "cuda")
    return PPO(policy, storage, num_mini_batches=2, num_learning_epochs=3, use_graphs=use_graphs, **further)


def roll(ppo, data, widths=WIDTHS):
    """Collect a rollout with given observations, actions, rewards and ends, so that random numbers play no part."""
    ppo.start_rollout()
    for step in range(T):
        ppo.act({name: data[name][step] for name in widths})
        now = ppo.storage.current
        now.actions.copy_(data["actions"][step])
        now.log_prob.copy_(gaussian.log_prob(now.mean, now.std, now.actions))
        ended = data["ended"][step]
        extras = {"time_outs": ended, "final_observations": {name: data[name][step] + 1.0 for name in widths}}
        ppo.process_env_step(data["rewards"][step], ended, extras)


def random_data(widths=WIDTHS):
    data = {name: torch.randn(T, N, width, device="cuda") for name, width in {**widths, "actions": A}.items()}
    return {**data, "rewards": torch.randn(T, N, device="cuda"), "ended": torch.rand(T, N, device="cuda") < 0.2}


def test_captured_function_has_the_effect_of_one_call_each_time():
    total = torch.zeros((), device="cuda")
    captured = CapturedFunction(lambda: total.add_(1.0), total.device)
    for calls in range(1, 10):
        captured()
        assert total.item() == calls
    captured.reset()
    captured()
    assert total.item() == 10


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA GPUs")
def test_a_function_is_recorded_on_the_device_of_its_tensors():
    """With torch's current device another one; there had been a recording, with torch's own stream, there before."""
    totals = [torch.zeros((), device=f"cuda:{index}") for index in (0, 1)]
    for total in totals:
        captured = CapturedFunction(functools.partial(total.add_, 1.0), total.device)
        for calls in range(1, 8):
            captured()
            assert total.item() == calls
    assert torch.cuda.current_device() == 0


@pytest.mark.parametrize("torch_compile", [False, True])
@pytest.mark.parametrize("policy_class", [ActorCritic, ActorCriticRecurrent])
def test_graph_and_eager_agree(policy_class, torch_compile):
    eager = make(policy_class, use_graphs=False)
    captured = make(policy_class, use_graphs=True, torch_compile=torch_compile)
    for iteration in range(4):
        data, last = random_data(), {name: torch.randn(N, width, device="cuda") for name, width in WIDTHS.items()}
        if iteration == 2:
            data["rewards"][3, 5] = float("nan")
        results = []
        for ppo in (eager, captured):
            roll(ppo, data)
            torch.manual_seed(iteration)
            ppo.update(last)
            results.append({name: value.clone() for name, value in ppo.metrics().items()})
        torch.testing.assert_close(results[1], results[0], atol=1e-5, rtol=1e-5, equal_nan=True)
        for name in ("mean", "std", "values", "rewards", "log_prob", "dones"):
            ours, reference = (getattr(ppo.storage.rollout, name) for ppo in (captured, eager))
            torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5, equal_nan=True, msg=name)
    left_out = 1 if policy_class is ActorCritic else T  # with a memory, the robot's whole rollout
    assert (captured.num_skipped.item(), captured.storage.num_left_out.item()) == (0, left_out)
    for ours, reference in zip(captured.policy.parameters(), eager.policy.parameters(), strict=True):
        torch.testing.assert_close(ours, reference, atol=1e-5, rtol=1e-5)


def plain():
    return ActorCritic(WIDTHS, GROUPS, A, actor_hidden_dims=[16], critic_hidden_dims=[16])


@pytest.mark.parametrize(("make_policy", "widths"), [(plain, WIDTHS), (make_teacher, TEACHER_WIDTHS)])
@pytest.mark.parametrize("mirroring", ["either", "both"])
def test_graph_and_eager_agree_on_mirror_images(make_policy, widths, mirroring):
    """Of a policy without statistics of its observations, and of a teacher with them."""
    assert NUM_ACTIONS == A
    results = []
    for use_graphs in (False, True):
        torch.manual_seed(0)
        policy = make_policy().cuda()
        widths = {name: widths[name] for name in policy.stored_groups}
        mirror = {name: ([1, 0, *range(2, width)], [1.0] * width) for name, width in {**widths, "actions": A}.items()}
        storage = RolloutStorage(T, N, widths, A, (), "cuda")
        settings = {"mirroring": mirroring, "num_mini_batches": 2, "schedule": "steered", "use_graphs": use_graphs}
        ppo = MirrorPPO(policy, storage, mirror=mirror, **settings)
        for iteration in range(4):
            torch.manual_seed(iteration)
            roll(ppo, random_data(widths), widths)
            torch.manual_seed(iteration)
            ppo.update({name: torch.zeros(N, width, device="cuda") for name, width in widths.items()})
        results.append({**policy.state_dict(), "rate": ppo.learning_rate, "kl": ppo.metrics()["Loss/kl"]})
    torch.testing.assert_close(results[1], results[0], atol=1e-5, rtol=1e-4)


def test_the_weight_of_the_entropy_bonus_changes_in_a_captured_update():
    """With a bonus far beyond all else the standard deviation grows, without one it does what it does eagerly."""
    settings = {"entropy_coef": 50.0, "final_entropy_factor": 0.0, "entropy_anneal": (0.5, 0.75), "schedule": "fixed"}
    eager, captured, unchanged = (make(ActorCritic, graphs, **settings) for graphs in (False, True, True))
    last = {name: torch.zeros(N, width, device="cuda") for name, width in WIDTHS.items()}
    for iteration, progress in enumerate((0.0, 0.25, 0.5, 0.625, 0.75, 1.0)):
        data, stds = random_data(), []
        for ppo in (eager, captured, unchanged):
            if ppo is not unchanged:
                with no_waiting():
                    ppo.set_progress(progress)
            roll(ppo, data)
            torch.manual_seed(iteration)
            ppo.update(last)
            stds.append(ppo.policy.noise_std.detach().clone())
        torch.testing.assert_close(stds[1], stds[0], atol=1e-4, rtol=0)
        if progress <= 0.5:
            torch.testing.assert_close(stds[2], stds[1], atol=1e-4, rtol=0)
    assert captured.entropy_coef.item() == 0.0 and (stds[2] > stds[1] + 1e-3).all()


def test_loading_after_capture_takes_effect():
    ppo = make(ActorCritic, use_graphs=True)
    last = {name: torch.zeros(N, width, device="cuda") for name, width in WIDTHS.items()}
    data = random_data()
    for _ in range(2):
        roll(ppo, data)
        ppo.update(last)
    saved = copy.deepcopy((ppo.policy.state_dict(), ppo.state_dict()))
    outcomes = []
    for _ in range(2):
        ppo.policy.load_state_dict(saved[0])
        ppo.load_state_dict(copy.deepcopy(saved[1]))
        roll(ppo, data)
        torch.manual_seed(3)
        ppo.update(last)
        outcomes.append(copy.deepcopy(ppo.policy.state_dict()))
    torch.testing.assert_close(outcomes[1], outcomes[0], atol=1e-6, rtol=1e-5)


def test_replayed_actions_are_fresh_samples():
    ppo = make(ActorCritic, use_graphs=True)
    obs = {name: torch.zeros(N, width, device="cuda") for name, width in WIDTHS.items()}
    drawn = []
    ppo.start_rollout()
    for _ in range(T):
        drawn.append(ppo.act(obs).clone())
        ppo.process_env_step(torch.zeros(N, device="cuda"), torch.zeros(N, device="cuda"), {})
    for before, after in zip(drawn, drawn[1:], strict=False):
        assert (before != after).all()
    samples = torch.stack(drawn)
    torch.testing.assert_close(samples, ppo.storage.rollout.actions)
    assert abs((samples - ppo.storage.rollout.mean).std().item() - 1.0) < 0.2


def test_runner_waits_for_the_device_once_an_iteration():
    """Between the first and the last step of an iteration, nothing may read from the device."""
    runner = OnPolicyRunner(PointEnv(64, "cuda"), train_cfg(), device="cuda")
    runner.learn(5)
    obs = runner.env.get_observations()
    with no_waiting():
        runner.algorithm.update(runner._collect(obs))


def test_runner_learns_and_resumes_on_cuda(tmp_path):
    cfg = train_cfg(algorithm={"num_mini_batches": 2}, runner={"num_steps_per_env": 16})
    runner = OnPolicyRunner(PointEnv(64, "cuda"), cfg, tmp_path, "cuda")
    runner.learn(25)
    env = PointEnv(32, "cuda")
    act = runner.get_inference_policy("cuda")
    for _ in range(10):
        env.step(act(env.get_observations()))
    assert env.position.abs().mean() < 0.05
    resumed = OnPolicyRunner(PointEnv(64, "cuda"), cfg, tmp_path, "cuda")
    resumed.load(tmp_path / "model_25.pt")
    resumed.learn(1)
    assert resumed.iteration == 26
    on_cpu = OnPolicyRunner(PointEnv(64), cfg)
    on_cpu.load(tmp_path / "model_26.pt")
    on_cpu.learn(1)
    assert on_cpu.iteration == 27
