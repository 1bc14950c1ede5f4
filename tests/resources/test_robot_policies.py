"""The shipped policies of the robots besides the Go2, trained on the GPU engine, on MuJoCo C."""

from pathlib import Path

import pytest

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.layers import set_fields
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation.summary import summarize
from legged_gym.evaluation.trials import evaluation_settings, run_trials
from legged_gym.runs.configure import trained_configs
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.seeding import set_seed
from rsl_rl.modules import InferencePolicy

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"
COMMANDS = {
    "a1_flat": [0.8, 0.0, 0.0],
    "a1_rough": [0.8, 0.0, 0.0],
    "anymal_c_flat": [0.8, 0.0, 0.0],
    "anymal_c_rough": [0.8, 0.0, 0.0],
    "mini_cheetah": [2.0, 0.0, 0.0],
    "mini_cheetah_ref": [1.0, 0.0, 0.0],
    "qmini": [0.4, 0.0, 0.0],
}
"""A command that each is to follow on a plane, m/s and rad/s."""


def load(name: str, num_envs: int, seconds: float) -> tuple[LeggedRobot, InferencePolicy]:
    """A policy and its task on a plane, as it is evaluated, with one command for all."""
    checkpoint = POLICIES / f"{name}.pt"
    env_cfg, train_cfg = trained_configs(checkpoint, name)
    env_cfg.env.num_envs, env_cfg.sim.engine = num_envs, "mujoco"
    env_cfg.terrain.mesh_type = "plane"
    train_cfg.algorithm.num_mini_batches = 1
    set_fields(evaluation_settings(env_cfg, COMMANDS[name]), env_cfg)
    env_cfg.env.episode_length_s = seconds
    set_seed(1)
    env = make_env(name, env_cfg, "cpu", 1)
    runner = make_runner(env, train_cfg, None, "cpu")
    runner.load(checkpoint, load_optimizer=False, resume=False)
    return env, runner.get_inference_policy()


@pytest.mark.parametrize("name", COMMANDS)
def test_policy_follows_its_command(name: str) -> None:
    env, policy = load(name, 8, 4.0)
    summary = summarize(env, run_trials(env, policy), COMMANDS[name])
    assert summary["fall_rate"] == 0.0
    assert summary["achieved"][0] == pytest.approx(COMMANDS[name][0], rel=0.15)  # the start from standing included
    if name == "mini_cheetah_ref":
        assert summary["diagonal_agreement"] > 0.85 and summary["stride_frequency"] == pytest.approx(3.0, abs=0.3)
    if name == "qmini":
        assert summary["estimated_lin_vel_error"] < 0.05
    env.close()
