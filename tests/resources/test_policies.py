"""The shipped policies, trained on the GPU engine, on MuJoCo C."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import pytest
import torch

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.envs import LeggedRobot
from legged_gym.evaluation.trials import prepare, run_trials, summarize
from legged_gym.utils.configure import trained_configs
from legged_gym.utils.seeding import set_seed
from legged_gym.utils.task_registry import get_cfgs, make_env, make_runner
from rsl_rl.modules import InferencePolicy

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"


Change = Callable[[Any], None]


def load(task: str, num_envs: int, change: Change = lambda cfg: None) -> tuple[LeggedRobot, InferencePolicy]:
    checkpoint = POLICIES / f"{task}.pt"
    env_cfg, train_cfg = trained_configs(checkpoint, task, *get_cfgs(task))
    env_cfg.env.num_envs, env_cfg.sim.engine = num_envs, "mujoco"
    train_cfg.algorithm.num_mini_batches = 1
    prepare(env_cfg)
    change(env_cfg)
    set_seed(1)
    env = make_env(task, env_cfg, "cpu", 1)
    runner = make_runner(env, train_cfg, None, "cpu")
    runner.load(checkpoint, load_optimizer=False, resume=False)
    return env, runner.get_inference_policy()


def test_flat_policy_follows_its_commands() -> None:
    def shorten(cfg: Any) -> None:
        cfg.env.episode_length_s = 6.0

    env, policy = load("go2_flat", 48, shorten)
    summary = summarize(env, run_trials(env, policy))
    assert summary["lin_vel_error"] < 0.12 and summary["ang_vel_error"] < 0.15
    assert summary["fall_rate"] <= 1 / 48
    env.close()


def test_rough_policy_climbs_stairs_of_21_cm() -> None:
    """Also the regression test of a fault of the engine: with its newer convex collider feet were thrown out of stairs,
    and a quarter of these trials succeeded."""

    def only_high_stairs(cfg: Any) -> None:
        cfg.terrain.num_rows, cfg.terrain.num_cols, cfg.terrain.difficulty_range = 2, 2, (0.9, 0.9)
        cfg.terrain.terrain_proportions = {"stairs_up": 1.0}

    env, policy = load("go2_rough", 24, only_high_stairs)
    trials = run_trials(env, policy)
    assert trials.left_tile.float().mean() >= 0.8
    env.close()


@pytest.mark.parametrize("task", ["go2_flat", "go2_rough"])
def test_onnx_file_is_the_same_policy(task: str) -> None:
    env, policy = load(task, 2)
    path = POLICIES / f"{task}.onnx"
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    obs = torch.randn(64, env.observations.group_width("policy"))
    actions = session.run(None, {session.get_inputs()[0].name: obs.numpy()})[0]
    torch.testing.assert_close(torch.from_numpy(actions), policy({"policy": obs}), atol=1e-4, rtol=1e-4)
    metadata = {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}
    assert metadata["joint_names"] == env.dof_names
    assert metadata["action_scale"] == 0.25 and metadata["control_dt"] == 0.02
    env.close()
