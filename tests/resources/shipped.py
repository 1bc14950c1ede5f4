"""The shipped policies and their tasks, on MuJoCo C."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.layers import set_fields
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation.trials import evaluation_settings
from legged_gym.runs.configure import saved_config, trained_configs
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.seeding import set_seed
from rsl_rl.modules import InferencePolicy

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"

Change = Callable[[Any], None]


def load(name: str, num_envs: int, change: Change = lambda cfg: None) -> tuple[LeggedRobot, InferencePolicy]:
    checkpoint = POLICIES / f"{name}.pt"
    task = saved_config(checkpoint)["task"]
    env_cfg, train_cfg = trained_configs(checkpoint, task)
    env_cfg.env.num_envs, env_cfg.sim.engine = num_envs, "mujoco"
    train_cfg.algorithm.num_mini_batches = 1
    if hasattr(train_cfg, "distillation"):
        train_cfg.distillation.num_mini_batches = 1
    set_fields(evaluation_settings(env_cfg), env_cfg)
    change(env_cfg)
    set_seed(1)
    env = make_env(task, env_cfg, "cpu", 1)
    runner = make_runner(env, train_cfg, None, "cpu")
    runner.load(checkpoint, load_optimizer=False, resume=False)
    return env, runner.get_inference_policy()
