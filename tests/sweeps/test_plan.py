import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from legged_gym.scripts.sweep import make_parser
from legged_gym.sweeps.checks import check_flags
from legged_gym.sweeps.definition import parse_definition
from legged_gym.sweeps.plan import make_plan, train_flags
from legged_gym.utils.errors import UserError

SWEEP = {
    "method": "random",
    "metric": {"name": "Loss/kl"},
    "parameters": {"train_cfg.algorithm.gamma": {"values": [0.9, 0.99]}},
}


@pytest.fixture(autouse=True)
def sweep_file(tmp_path, monkeypatch):
    """A file for `--config` to name, in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my").mkdir()
    (tmp_path / "my" / "file.json").touch()


def train_cfg(**runner):
    return SimpleNamespace(runner=SimpleNamespace(experiment_name="walk", max_iterations=70, **runner))


def plan(*flags, **entries):
    args = make_parser().parse(["--config=my/file.json", *flags])
    return make_plan(args, "go2_flat", train_cfg(), parse_definition(SWEEP | entries), "training")


def test_names_and_places():
    found = plan("--log_root=/logs")
    assert (found.name, found.storage) == ("file", "sqlite:////logs/walk/sweeps/file.db")
    assert plan().runs == Path.cwd() / "logs" / "walk"
    assert (found.runs, found.folder) == (Path("/logs/walk"), Path("/logs/walk/sweeps/file"))
    assert found.max_iterations == 70
    assert plan(name="inside").name == "inside"
    other = plan("--name=flag", "--storage=postgresql://host/db", name="inside")
    assert (other.name, other.storage) == ("flag", "postgresql://host/db")
    for name in ("a/b", "..", "a\nb", "a?b", "a*"):
        with pytest.raises(UserError, match="must be of letters, digits"):
            plan(f"--name={name}")


def test_flags_for_candidates_and_what_must_stay_the_same():
    flags = ("--num_envs=64", "--seed=-1", "--set", "rewards.scales.torques=-1e-4", "--max_iterations=3")
    found = plan(*flags, "--sim=mujoco", "--rl_device=cpu", "--disable_wandb", "--workers=2")
    shared = ["--task=go2_flat", "--num_envs=64", "--seed=-1", "--max_iterations=3"]
    settings = ["--set", "rewards.scales.torques=-1e-4"]
    here = ["--log_root=logs", "--sim=mujoco", "--rl_device=cpu"]
    assert list(found.command) == [sys.executable, "-m", "training", *shared, *here, *settings, "--disable_wandb"]
    assert found.identity == {"train": shared + settings, "sweep": SWEEP}
    assert train_flags(make_parser().parse(flags), "go2_flat") == shared + settings
    assert plan(*flags, run_cap=9, name="file", description="new").identity == found.identity
    assert plan(*flags, method="bayes").identity != found.identity


@pytest.mark.parametrize(
    ("flag", "key"),
    [
        ("num_envs", "env_cfg.env.num_envs"),
        ("seed", "train_cfg.seed"),
        ("max_iterations", "train_cfg.runner.max_iterations"),
    ],
)
def test_a_flag_and_a_parameter_exclude_each_other(flag, key):
    definition = parse_definition(SWEEP | {"parameters": {key: {"values": [1, 2]}}})
    check_flags(make_parser().parse([]), train_cfg(), definition)
    with pytest.raises(UserError, match=f"--{flag} and the sweep's parameter {key} exclude each other"):
        check_flags(make_parser().parse([f"--{flag}=3"]), train_cfg(), definition)


def test_one_stage_is_swept():
    args = make_parser().parse([])
    with pytest.raises(UserError, match="the task has stages, .* --set train.runner.stage=teacher"):
        check_flags(args, train_cfg(stage="all"), parse_definition(SWEEP))
    check_flags(args, train_cfg(stage="teacher"), parse_definition(SWEEP))
    stages = {"train_cfg.runner.stage": {"value": "student"}}
    check_flags(args, train_cfg(stage="all"), parse_definition(SWEEP | {"parameters": stages}))
