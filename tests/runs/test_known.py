"""Known trainings: what they are told to have come to stands in the documents they name."""

import re
from pathlib import Path

import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.runs.known import KNOWN, known_of, known_training
from legged_gym.runs.stages import stage_configs
from legged_gym.tasks import TASKS, get_cfgs
from rsl_rl.utils import checkpoint

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", KNOWN)
def test_the_source_tells_of_the_iterations_and_the_result(name: str):
    task = name.partition("/")[0]
    assert task in TASKS
    for known in KNOWN[name]:
        text = (ROOT / known.source).read_text()
        assert re.search(rf"\b{known.iterations}\b[^|\n]* iterations|\b{known.iterations} iterations", text)
        first_number = re.match(r"[\d.]+", known.result)
        assert first_number is None or first_number[0] in text


@pytest.mark.parametrize("name", KNOWN)
def test_the_shipped_policy_is_of_that_training(name: str):
    state = checkpoint.load(ROOT / "resources" / "policies" / f"{name.replace('/', '_')}.pt")
    config, known = state["config"], KNOWN[name][0]
    assert state["iteration"] == known.iterations
    assert config["env"]["env"]["num_envs"] == known.num_envs
    assert config["train"]["runner"]["num_steps_per_env"] == known.num_steps


def test_a_training_is_known_by_its_samples_too():
    flat = known_training("go2_flat", None, 4096, 24)
    small = known_training("go2_flat", None, 512, 24)
    assert flat and small and flat.result != small.result
    assert known_training("go2_flat", None, 1024, 24) is None
    assert known_training("go2_flat", None, 4096, 12) is None
    assert known_training("go2_perceptive", "student", 4096, 24) is not None
    assert known_training("nobody", None, 4096, 24) is None


def test_the_time_is_that_of_all_control_steps():
    known = known_training("go2_flat", None, 4096, 24)
    assert known is not None and known.samples == 370 * 24 * 4096
    assert known.seconds(0.005) == pytest.approx(370 * 24 * 0.005)


def test_trainings_by_default_are_known():
    for task in ("go2_flat", "go2_rough", "go2_flat_deploy", "go2_rough_deploy", "mini_cheetah"):
        env_cfg, train_cfg = get_cfgs(task)
        known = known_of(task, env_cfg, train_cfg, env_cfg.env.num_envs)
        assert known is not None and known.iterations <= train_cfg.runner.max_iterations
    for stage in ("teacher", "student"):
        env_cfg, train_cfg = stage_configs(*get_cfgs("go2_perceptive"), stage, False, None)
        assert known_of("go2_perceptive", env_cfg, train_cfg, env_cfg.env.num_envs) is not None


def test_go2_sight_is_shipped_as_it_is_trained_by_default():
    state = checkpoint.load(ROOT / "resources" / "policies" / "go2_sight.pt")
    env_cfg, train_cfg = get_cfgs("go2_sight")
    scales, algorithm = class_to_dict(env_cfg.rewards.scales), class_to_dict(train_cfg.algorithm)
    assert state["iteration"] == train_cfg.runner.max_iterations
    for name, value in state["config"]["env"]["rewards"]["scales"].items():
        assert scales[name] == value, name
    for name, value in state["config"]["train"]["algorithm"].items():
        assert algorithm[name] == value, name


def test_another_setting_is_another_training():
    env_cfg, train_cfg = get_cfgs("go2_flat")
    env_cfg.sim.engine, env_cfg.env.num_envs, train_cfg.seed = "mujoco", 512, 7
    train_cfg.runner.run_name, train_cfg.runner.max_iterations = "mine", 5000
    assert known_of("go2_flat", env_cfg, train_cfg, 512) is not None
    env_cfg.rewards.scales.torques *= 2.0
    assert known_of("go2_flat", env_cfg, train_cfg, 512) is None
    env_cfg, train_cfg = get_cfgs("go2_flat")
    train_cfg.algorithm.gamma = 0.98
    assert known_of("go2_flat", env_cfg, train_cfg, 4096) is None
