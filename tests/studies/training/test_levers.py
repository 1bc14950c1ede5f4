"""Algorithms that the studies compare."""

import pytest

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.tasks import get_cfgs, make_env, make_runner
from studies.training.grids import ANNEALED, ENVS, KL, STEPS


@pytest.fixture
def runner():
    """Of four robots and rollouts of one step."""
    asked = {ENVS: 4, STEPS: 1, KL: 0.02, "train.algorithm.num_rollouts": 2, **ANNEALED}
    settings = resolve_settings(*get_cfgs("go2_flat"), asked=[Asked(asked)])
    settings.env_cfg.sim.engine = "mujoco"
    env = make_env("go2_flat", settings.env_cfg, "cpu", 1)
    runner = make_runner(env, settings.train_cfg, None, "cpu")
    runner.console = None
    yield runner
    env.close()


def test_the_desired_divergence_falls_from_rollout_to_rollout(runner):
    found = []
    for _ in range(4):
        runner.learn(1)
        found.append(runner.algorithm.desired_kl)
    assert found == pytest.approx([0.02, 0.012, 0.004, 0.004])
