"""The evaluation on a GPU: no waiting in a step, and captured steps that work off the queue as eager ones do."""

from pathlib import Path

import pytest
import torch

from legged_gym.utils.seeding import set_seed
from studies.belief import rollout
from studies.belief.cells import cells
from studies.belief.conditions import CONDITIONS
from studies.belief.multi_policy import MultiPolicy
from studies.belief.policies import LABELS, find_policies
from studies.belief.robot import TrialRobot
from tests.studies.belief.conftest import TASK, small_cfg

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


@pytest.fixture
def env() -> TrialRobot:
    cfg = small_cfg(num_envs=70)
    cfg.sim.engine = "mujoco_warp"
    set_seed(1)
    env = TrialRobot(cfg, "cuda:0", 1)
    env.assign(cells(LABELS, ["discrete"], [0], [name for name in CONDITIONS], 3))
    return env


def multi_policy_of(env: TrialRobot, policies: Path) -> MultiPolicy:
    return MultiPolicy({name: file.build(env) for name, file in find_policies(policies, TASK).items()}, env)


def test_a_step_waits_for_nothing(env: TrialRobot, policies: Path) -> None:
    multi_policy, obs = multi_policy_of(env, policies), env.reset()
    for step in range(20):
        torch.cuda.set_sync_debug_mode("error" if step >= 10 else "default")  # warm-up and capture may wait
        try:
            obs, *_ = env.step(multi_policy.act(obs))
        finally:
            torch.cuda.set_sync_debug_mode("default")


def test_every_trial_is_run_to_its_end(env: TrialRobot, policies: Path) -> None:
    multi_policy = multi_policy_of(env, policies)
    records = rollout.summarize(env.batch, rollout.run(env, multi_policy))
    assert len(records) == len(LABELS) * len(CONDITIONS)
    for record in records:
        ended_early = record["falls"] + record["successes"]
        assert record["steps"] <= 3 * env.max_episode_length
        assert record["steps"] == 3 * env.max_episode_length or ended_early > 0
    errors = [record["action_error"] for record in records if record["policy"] != "teacher"]
    assert all(error > 0.0 for error in errors)


def test_captured_policies_act_as_eager_ones(env: TrialRobot, policies: Path) -> None:
    multi_policy, obs = multi_policy_of(env, policies), env.reset()
    states = {name: policy.initial_state(70) for name, policy in multi_policy.policies.items()}
    kept = torch.tensor([not name.endswith("memory") for name in CONDITIONS], device="cuda:0")
    condition = torch.arange(len(LABELS) * len(CONDITIONS), device="cuda:0").repeat_interleave(3) % len(CONDITIONS)
    plain = torch.cat((kept[condition], kept.new_ones(1)))
    for _ in range(env.max_episode_length - 1):
        actions = multi_policy.act(obs)
        for name, rows in zip(LABELS, env.queue.rows, strict=True):
            expected, states[name] = multi_policy.policies[name].act_inference(obs, states[name])
            same = plain[env.queue.job[rows]] & (env.queue.job[rows] < env.queue.idle)
            torch.testing.assert_close(actions[rows][same], expected[rows][same], atol=1e-4, rtol=1e-4)
        obs, _, dones, _ = env.step(actions)
        states = {name: tuple(part * ~dones[:, None] for part in state) for name, state in states.items()}
