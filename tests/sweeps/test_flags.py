"""Flags beside a sweep's file."""

import pytest

from legged_gym.scripts.sweep import make_parser
from legged_gym.sweeps.checks import check_flags
from legged_gym.sweeps.definition import parse_definition
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError


def check(key: str, *flags: str, **entries) -> None:
    """See that a sweep over one parameter goes with flags."""
    metric = {"name": "Train/mean_reward", "goal": "maximize"}
    sweep = {"method": "random", "metric": metric, "parameters": {key: {"value": 1}}, **entries}
    check_flags(make_parser().parse(["--task=go2_flat", *flags]), get_cfgs("go2_flat")[1], parse_definition(sweep))


def test_a_parameter_that_is_set_too():
    with pytest.raises(
        UserError, match="--set train.algorithm.gamma and the sweep's parameter train_cfg.algorithm.gamma"
    ):
        check("train_cfg.algorithm.gamma", "--set", "train.algorithm.gamma=0.9")


@pytest.mark.parametrize("name", ["run_name", "experiment_name", "resume", "load_run", "checkpoint"])
def test_parameters_that_name_a_run(name):
    with pytest.raises(UserError, match=f"parameter train_cfg.runner.{name}: the sweep begins"):
        check(f"train_cfg.runner.{name}")


@pytest.mark.parametrize("setting", ["run_name=x", "resume=true", "load_run=x", "checkpoint=3"])
def test_settings_that_name_a_run(setting):
    with pytest.raises(UserError, match=f"--set train.runner.{setting.partition('=')[0]}: the sweep begins"):
        check("train_cfg.algorithm.gamma", "--set", f"train.runner.{setting}")


@pytest.mark.parametrize("flag", ["--sim=mujoco", "--sim_device=cpu", "--rl_device=cuda:0"])
def test_a_sweep_on_a_server_says_nothing_of_one_machine(flag):
    with pytest.raises(UserError, match=f"{flag.partition('=')[0]}: a sweep on Weights & Biases has one command"):
        make_parser().parse(["--task=go2_flat", "--backend=wandb", flag])


@pytest.mark.parametrize("flag", ["--sim_device", "--rl_device"])
def test_workers_that_share_gpus_see_one_each(flag):
    shared = ["--task=go2_flat", "--gpus=0,1"]
    with pytest.raises(UserError, match=f"--gpus: each worker sees one GPU, its cuda:0; leave {flag} out"):
        make_parser().parse([*shared, f"{flag}=cuda:1"])
    for device in ("cpu", "cuda", "cuda:0"):
        assert make_parser().parse([*shared, f"{flag}={device}"]).gpus == ["0", "1"]


def test_students_have_one_teacher(tmp_path):
    _, train_cfg = get_cfgs("go2_perceptive")
    train_cfg.runner.stage = "student"
    args = make_parser().parse(["--task=go2_perceptive"])
    metric = {"name": "Train/mean_reward", "goal": "maximize"}
    sweep = {"method": "random", "metric": metric, "parameters": {"train_cfg.seed": {"value": 1}}}
    for teacher in ("-1", "Nov27_teacher"):  # what that is depends on when, and on where
        train_cfg.runner.teacher = teacher
        with pytest.raises(UserError, match="one teacher: --set train.runner.teacher=CHECKPOINT"):
            check_flags(args, train_cfg, parse_definition(sweep))
    train_cfg.runner.teacher = str(tmp_path / "model_1.pt")
    (tmp_path / "model_1.pt").touch()
    check_flags(args, train_cfg, parse_definition(sweep))


def test_an_end_that_never_comes_is_told(caplog):
    check("train_cfg.algorithm.gamma", early_terminate={"type": "hyperband", "min_iter": 10**6})
    assert "early_terminate has no effect: its min_iter is not before the end" in caplog.text


def test_no_account_for_a_sweep_that_is_kept_there():
    with pytest.raises(UserError, match="--disable_wandb: a sweep on Weights & Biases is kept there"):
        make_parser().parse(["--task=go2_flat", "--backend=wandb", "--disable_wandb"])


def test_a_goal_that_is_not_named_is_told(caplog):
    check("train_cfg.algorithm.gamma", metric={"name": "Train/mean_reward"})
    assert "metric: Train/mean_reward is minimized, since it names no goal" in caplog.text
