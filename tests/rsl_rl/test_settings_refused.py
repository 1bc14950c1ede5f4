"""Settings given as plain data that no training has."""

from typing import Any

import pytest
import torch

from robust_parallel.errors import UserError
from rsl_rl.algorithms import EstimatorPPO
from rsl_rl.modules.mlp import MLP
from rsl_rl.runners import OnPolicyRunner, SkillDistillationRunner, TeacherStudentRunner
from rsl_rl.utils.errors import ConfigError
from tests.rsl_rl.cue_env import CueEnv
from tests.rsl_rl.cue_env import train_cfg as cue_cfg
from tests.rsl_rl.point_env import PointEnv, train_cfg
from tests.rsl_rl.skill_env import SkillEnv
from tests.rsl_rl.skill_env import train_cfg as skill_cfg
from tests.rsl_rl.small_estimator import make_ppo


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
        ("algorithm", "num_learning_epochs", 0, "num_learning_epochs must be at least 1, not 0"),
        ("algorithm", "clip_param", -0.2, "clip_param must be above 0, not -0.2"),
        ("algorithm", "desired_kl", 0.0, "desired_kl must be above 0"),
        ("algorithm", "max_grad_norm", -1.0, "max_grad_norm must be above 0"),
        ("algorithm", "learning_rate", 2.0, "learning_rate must be from 1e-12 to 1, not 2"),
        ("algorithm", "value_loss_coef", -1.0, "value_loss_coef must be at least 0"),
        ("algorithm", "entropy_coef", -1.0, "entropy_coef must be at least 0"),
        ("algorithm", "final_entropy_factor", -1.0, "final_entropy_factor must be at least 0"),
        ("algorithm", "entropy_anneal", 0.5, "algorithm.entropy_anneal must be numbers, not 0.5"),
        ("algorithm", "entropy_anneal", ["a", "b"], "algorithm.entropy_anneal must be numbers"),
        ("policy", "critic_hidden_dims", [8, 0], r"hidden_dims must be at least 1, not \[8, 0\]"),
        ("obs_groups", "policy", "policy", "obs_groups.policy must be names of groups, not 'policy'"),
        ("obs_groups", "critic", [1], "obs_groups.critic must be names of groups"),
        ("runner", "num_steps_per_env", 0, "runner.num_steps_per_env must be a whole number of at least 1, not 0"),
        ("runner", "save_interval", True, "runner.save_interval must be a whole number"),
    ],
)
def test_values_of_another_kind(section, name, value, says):
    cfg = train_cfg()
    cfg.setdefault(section, {})[name] = value
    with pytest.raises(ConfigError, match=says):
        OnPolicyRunner(PointEnv(), cfg)


@pytest.mark.parametrize(
    ("section", "name", "value", "says"),
    [
        ("teacher_curriculum", "lateness_anneal", 0.5, "teacher_curriculum.lateness_anneal must be numbers"),
        ("teacher_curriculum", "lateness_anneal", ["a", "b"], "teacher_curriculum.lateness_anneal must be numbers"),
        ("teacher_curriculum", "lateness_anneal", [0.5, 0.2], "lateness_anneal must be two shares from 0 to 1"),
        ("policy", "privileged_dims", [], "privileged_dims must have a width for the code"),
        ("policy", "exteroceptive_dims", [4, -2], r"exteroceptive_dims must be at least 1, not \[4, -2\]"),
        ("student", "rnn_num_layers", 0, "rnn_num_layers must be at least 1"),
        ("distillation", "num_learning_epochs", -1, "num_learning_epochs must be at least 1"),
        ("distillation", "max_grad_norm", 0.0, "max_grad_norm must be above 0"),
        ("distillation", "reconstruction_coef", -1.0, "reconstruction_coef must be at least 0"),
        ("reinforcement", "reconstruction_coef", -1.0, "reconstruction_coef must be at least 0"),
    ],
)
def test_values_that_no_student_has(section, name, value, says):
    cfg = cue_cfg("student")
    cfg["student"]["memory"] = "mlp"
    cfg["reinforcement"] = {"begins_at": 0.5}
    cfg[section][name] = value
    with pytest.raises(ConfigError, match=says):
        TeacherStudentRunner(CueEnv(4), cfg)


@pytest.mark.parametrize(
    ("section", "name", "value", "says"),
    [
        ("student", "image_shape", [5, 7, 1], r"image_shape must be rows and columns of the image, not \[5, 7, 1\]"),
        ("student", "image_shape", [-5, -7], "image_shape must be at least 1"),
        ("student", "channels", [-1], "channels must be at least 1"),
        ("student", "kernel_sizes", [0], "kernel_sizes must be at least 1"),
        ("student", "strides", [0], "strides must be at least 1"),
        ("student", "image_dim", 0, "image_dim must be at least 1"),
        ("student", "decoder_dims", [0], "hidden_dims must be at least 1"),
        ("distillation", "reconstruction_coef", -1.0, "reconstruction_coef must be at least 0"),
        ("obs_groups", "student", None, "obs_groups.student must be names of groups, not None"),
    ],
)
def test_values_that_no_student_of_several_teachers_has(section, name, value, says):
    cfg = skill_cfg(obs_groups={"privileged": ["state"]})
    cfg[section][name] = value
    with pytest.raises(ConfigError, match=says):
        SkillDistillationRunner(SkillEnv(4), cfg)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("num_epochs", 0, "num_epochs must be at least 1"),
        ("learning_rate", -1.0, "learning_rate must be from 0 to 1"),
        ("final_learning_rate", 2.0, "final_learning_rate must be from 0 to 1"),
    ],
)
def test_values_that_no_estimator_has(name, value, says):
    with pytest.raises(ConfigError, match=says):
        make_ppo(estimator={name: value})


def test_what_is_no_table_where_one_may_be():
    with pytest.raises(ConfigError, match="'pretrain_dataset' .* is 'x', and no table"):
        SkillDistillationRunner(SkillEnv(4), {**skill_cfg(), "pretrain_dataset": "x"})
    for name in ("reinforcement", "teacher_curriculum"):
        with pytest.raises(ConfigError, match=f"'{name}' .* is 0.5, and no table"):
            TeacherStudentRunner(CueEnv(4), {**cue_cfg("student"), name: 0.5})
    ppo: Any = make_ppo()
    for value in ("x", 0):
        with pytest.raises(ConfigError, match=f"estimator is {value!r}, and no table"):
            EstimatorPPO(ppo.policy, ppo.storage, estimator=value)


@pytest.mark.parametrize("seed", ["a", 1.5, True, None, 2**32])
def test_a_seed_that_is_none(seed):
    with pytest.raises(ConfigError, match="seed must be "):
        OnPolicyRunner(PointEnv(), {**train_cfg(), "seed": seed})


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
