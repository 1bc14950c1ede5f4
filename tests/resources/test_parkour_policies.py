"""The shipped skills of parkour, trained on the GPU engine, on MuJoCo C."""

from pathlib import Path

import pytest

from legged_gym import LEGGED_GYM_ROOT_DIR
from legged_gym.config.layers import set_fields
from legged_gym.evaluation.trials import evaluation_settings, run_trials
from legged_gym.runs.configure import trained_configs
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.seeding import set_seed

POLICIES = Path(LEGGED_GYM_ROOT_DIR) / "resources" / "policies"


@pytest.mark.parametrize(("skill", "size"), [("climb", 0.4), ("leap", 0.6), ("crawl", 0.28)])
def test_an_oracle_gets_past_what_a_walking_robot_does_not(skill: str, size: float) -> None:
    """A plateau as high as its legs are long, a gap of 1.2 bodies, a roof lower than it stands: most of eight."""
    checkpoint = POLICIES / f"a1_{skill}.pt"
    env_cfg, train_cfg = trained_configs(checkpoint, f"a1_{skill}")
    env_cfg.env.num_envs, env_cfg.sim.engine = 8, "mujoco"
    env_cfg.terrain.num_rows, env_cfg.terrain.num_cols = 1, 2
    env_cfg.terrain.sizes = {f"{skill}_track": (size, size)}
    train_cfg.algorithm.num_mini_batches = 1
    set_fields(evaluation_settings(env_cfg, None), env_cfg)
    set_seed(1)
    env = make_env(f"a1_{skill}", env_cfg, "cpu", 1)
    runner = make_runner(env, train_cfg, None, "cpu")
    runner.load(checkpoint, load_optimizer=False, resume=False)
    trials = run_trials(env, runner.get_inference_policy())
    assert trials.left_tile.sum() >= 6 and env.cfg.parkour.dynamics == "hard"
    env.close()
