"""Settings given as plain data that no training has."""

import pytest
import torch

from robust_parallel.errors import UserError
from rsl_rl.modules.mlp import MLP
from rsl_rl.runners import OnPolicyRunner, TeacherStudentRunner
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl.point_env import PointEnv, train_cfg


@pytest.mark.parametrize(
    ("section", "name", "value", "says"),
    [
        ("algorithm", "gamma", "0.99", "algorithm.gamma must be a number, not '0.99'"),
        ("algorithm", "gamma", 9.0, "gamma must be above 0"),
        ("algorithm", "learning_rate", float("nan"), "learning_rate must be a number"),
        ("algorithm", "num_learning_epochs", 2.5, "num_learning_epochs must be a whole number"),
        ("algorithm", "use_clipped_value_loss", 1, "must be true or false"),
        ("policy", "actor_hidden_dims", [0.5], "actor_hidden_dims must be whole numbers"),
        ("policy", "activation", None, "policy.activation must be a text"),
        ("runner", "num_steps_per_env", 0, "runner.num_steps_per_env must be a whole number of at least 1, not 0"),
        ("runner", "save_interval", True, "runner.save_interval must be a whole number"),
    ],
)
def test_values_of_another_kind(section, name, value, says):
    cfg = train_cfg()
    cfg.setdefault(section, {})[name] = value
    with pytest.raises(ConfigError, match=says):
        OnPolicyRunner(PointEnv(), cfg)


@pytest.mark.parametrize(("section", "value"), [("policy", "ActorCritic"), ("obs_groups", None)])
def test_sections_that_are_no_tables(section, value):
    with pytest.raises(ConfigError, match=f"the section '{section}' .* and no table"):
        OnPolicyRunner(PointEnv(), {**train_cfg(), section: value})


def test_what_a_runner_cannot_do():
    with pytest.raises(ConfigError, match="env must be a VecEnv, not NoneType"):
        OnPolicyRunner(None, train_cfg())
    with pytest.raises(ConfigError, match="device must be cpu"):
        OnPolicyRunner(PointEnv(), train_cfg(), device="gpu")
    with pytest.raises(ConfigError, match="trains a TeacherActorCritic, not a ActorCritic"):
        TeacherStudentRunner(PointEnv(), train_cfg())
    runner = OnPolicyRunner(PointEnv(), train_cfg())
    for number in (-1, 1.5, "2"):
        with pytest.raises(ConfigError, match="num_learning_iterations must be a whole number"):
            runner.learn(number)


@pytest.mark.parametrize(
    "returned", [lambda stepped: stepped[:3], lambda _: None, lambda s: dict(zip("abcd", s, strict=True))]
)
def test_a_step_of_other_than_four_values(monkeypatch, returned):
    env = PointEnv()
    step = env.step
    monkeypatch.setattr(env, "step", lambda actions: returned(step(actions)))
    with pytest.raises(ConfigError, match=r"PointEnv.step\(\) must return observations, rewards, dones and extras"):
        OnPolicyRunner(env, train_cfg()).learn(1)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [(1, torch.zeros(1), r"rewards as a tensor \[4\], not \[1\]"), (2, torch.zeros(4, 1), r"dones .* not \[4, 1\]")],
)
def test_a_step_of_other_than_all_environments(monkeypatch, place, value, told):
    env = PointEnv(4)
    step = env.step
    monkeypatch.setattr(env, "step", lambda actions: (*(s := step(actions))[:place], value, *s[place + 1 :]))
    with pytest.raises(ConfigError, match=rf"PointEnv.step\(\) must return {told}"):
        OnPolicyRunner(env, train_cfg()).learn(1)


@pytest.mark.parametrize("obs", [None, torch.zeros(4, 3)])
def test_observations_without_groups(monkeypatch, obs):
    env = PointEnv()
    monkeypatch.setattr(env, "get_observations", lambda: obs)
    with pytest.raises(ConfigError, match=r"PointEnv.get_observations\(\) must return groups"):
        OnPolicyRunner(env, train_cfg())


def test_layers_that_no_memory_holds():
    with pytest.raises(UserError, match="learning layers of"):
        MLP(48, [1_000_000, 1_000_000], 12)
