"""The environment on a GPU: no waiting in a step, and captured steps that do what eager ones do."""

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.seeding import set_seed
from rsl_rl.algorithms import MirrorPPO
from studies.training.tasks import register_tasks
from tests.gpu.waiting import no_waiting

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]

NUM_ENVS = 128


TASKS = ("go2_flat", "go2_rough", "go2_blind", "go2_perceptive_sight", "go2_leap", "go2_sight_mining")


def settings(task: str) -> LeggedRobotCfg:
    """All that a step may have to do: late measurements, and commands that get harder where they can."""
    register_tasks()
    cfg, _ = get_cfgs(task)
    cfg.env.num_envs, cfg.sim.engine = NUM_ENVS, "mujoco_warp"
    cfg.terrain.num_rows, cfg.terrain.num_cols = 4, 5
    cfg.commands.curriculum = not getattr(cfg.commands, "agile", False)
    cfg.domain_rand.randomize_obs_delay = True
    return cfg


def make(task: str, torch_compile: bool = False, device: str = "cuda:0") -> LeggedRobot:
    cfg = settings(task)
    cfg.env.torch_compile = torch_compile
    set_seed(1)
    return make_env(task, cfg, device, 1)


@pytest.mark.parametrize("task", TASKS)
def test_a_step_waits_for_nothing(task: str) -> None:
    env = make(task)
    actions = torch.randn(10, NUM_ENVS, env.num_actions, device=env.device)
    for action in actions:  # warm-up and capture may wait
        env.step(action)
    with no_waiting():
        for action in actions:
            env.step(action)
    env.close()


@pytest.mark.parametrize(("task", "torch_compile"), [("go2_flat", False), ("go2_flat", True), ("go2_rough", True)])
def test_a_captured_step_does_what_an_eager_one_does(task: str, torch_compile: bool) -> None:
    """Same state, same actions, no random numbers that matter: the same reward, observation and termination."""
    env = make(task, torch_compile)
    action = torch.zeros(NUM_ENVS, env.num_actions, device=env.device)
    for _ in range(10):
        env.step(action)
    state = [tensor.clone() for tensor in (env.root_states, env.dof_pos, env.dof_vel)]
    memory = (env.last_actions, env.last_dof_vel, env.feet_air_time, env.commands, env.feet_contact, env.feet_on_ground)
    saved = [tensor.clone() for tensor in memory]

    def put_back() -> None:
        env.sim.reset(torch.ones_like(env.reset_buf), *state)
        for tensor, value in zip(memory, saved, strict=True):
            tensor.copy_(value)

    put_back()
    env._evaluate()
    captured = [tensor.clone() for tensor in (env.rew_buf, env.reset_buf, env.observations.final_buffers["critic"])]
    put_back()
    env._evaluate_eager()
    eager = [env.rew_buf, env.reset_buf, env.observations.final_buffers["critic"]]
    for got, expected in zip(captured, eager, strict=True):
        torch.testing.assert_close(got, expected)
    env.close()


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA GPUs")
def test_an_environment_lives_on_a_gpu_that_is_not_torchs_current_one() -> None:
    env = make("go2_rough", device="cuda:1")
    action = torch.zeros(NUM_ENVS, env.num_actions, device=env.device)
    for _ in range(10):
        ages = env.episode_length_buf.clone()
        rewards, observations = env.rew_buf.clone(), env.get_observations()["policy"]
        env.step(action)
        assert (env.episode_length_buf != ages).all()
        assert (env.rew_buf != rewards).any(), "nothing was evaluated"
        assert (env.get_observations()["policy"] != observations).any(dim=1).all(), "nothing was observed"
    assert torch.cuda.current_device() == 0
    env.close()


@pytest.mark.parametrize("task", ["go2_blind", "go2_perceptive_sight"])
def test_an_iteration_of_a_teacher_that_learns_of_mirror_images_waits_for_nothing(task: str) -> None:
    env = make(task)
    _, train_cfg = get_cfgs(task)
    train_cfg.runner.stage, train_cfg.algorithm.class_name = "teacher", "MirrorPPO"
    runner = make_runner(env, train_cfg, None, "cuda:0")
    assert isinstance(runner.algorithm, MirrorPPO)
    runner.learn(4)  # warm-up and capture may wait
    obs = env.get_observations()
    with no_waiting():
        runner._begin_iteration()
        runner.algorithm.update(runner._collect(obs))
    assert runner.algorithm.num_skipped.item() == 0
    env.close()


def test_each_step_draws_its_delay_of_actions() -> None:
    env = make("go2_blind")
    delays = []
    for _ in range(20):
        env.step(torch.zeros(NUM_ENVS, env.num_actions, device=env.device))
        assert env.domain_rand.action_delay is not None
        delays.append(env.domain_rand.action_delay.clone())
    drawn = torch.stack(delays)
    assert drawn.unique().tolist() == [0, 1, 2, 3, 4]
    assert (drawn[1:] != drawn[:-1]).float().mean().item() == pytest.approx(0.8, abs=0.05)
    env.close()


def test_random_numbers_differ_from_replay_to_replay() -> None:
    env = make("go2_flat")
    for _ in range(6):
        env.step(torch.zeros(NUM_ENVS, env.num_actions, device=env.device))
    draws = []
    for _ in range(2):
        env.domain_rand.push_in.fill_(0.0)
        env._end_episodes()
        draws.append(env.domain_rand.push_velocity.clone())
    assert not torch.equal(*draws)
    env.close()
