"""sweep.py from the command line to the report, with real trainings."""

import csv
import json
import shlex
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from legged_gym.runs import tracking
from legged_gym.runs.configure import asked_for
from legged_gym.scripts import sweep, train
from legged_gym.scripts.programs import sweep as program
from legged_gym.sweeps import checks, dry_run
from legged_gym.sweeps.definition import parse_definition
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from tests.rsl_rl.wandb_files import read_run

TINY = (
    "--task=go2_flat", "--sim=mujoco", "--num_envs=16", "--max_iterations=2",
    "--set", "train.runner.num_steps_per_env=8", "--set", "env.episode_length_s=0.1",
    "--set", "train.policy.critic_hidden_dims=[8]",
)  # fmt: skip
SWEEP = {
    "method": "grid",
    "metric": {"name": "Train/mean_reward", "goal": "maximize"},
    "parameters": {
        "train_cfg.policy.actor_hidden_dims": {"values": [[8], [16, 8]]},
        "env_cfg.rewards.scales.torques": {"value": -1e-4},
    },
}


def write(path, **changes):
    path.write_text(json.dumps(SWEEP | changes))
    return f"--config={path}"


def test_two_trainings_from_the_command_line_to_the_report(tmp_path, run_script, capsys, monkeypatch):
    experiment = tmp_path / "hidden"
    flags = [*TINY, "--experiment_name=hidden", write(tmp_path / "hidden.json")]
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert run_script(sweep, *flags, "--wandb_entity=me", "--wandb_project=walking", "--workers=2") == 0
    printed = capsys.readouterr().out

    rows = list(csv.DictReader((experiment / "sweeps" / "hidden" / "candidates.csv").open()))
    assert [row["state"] for row in rows] == ["done", "done"]
    hidden = {row["train_cfg.policy.actor_hidden_dims"]: row for row in rows}
    assert hidden.keys() == {"[8]", "[16, 8]"}
    for text, row in hidden.items():
        run = experiment / row["run"]
        config = yaml.safe_load((run / "config.yaml").read_text())
        assert config["train"]["policy"]["actor_hidden_dims"] == json.loads(text)
        assert config["env"]["rewards"]["scales"]["torques"] == -1e-4
        kept = read_run(run)
        assert (kept["name"], kept["entity"], kept["project"]) == (run.name, "me", "walking")
        assert kept["config"]["train"] == config["train"]
        assert kept["history"][2]["Train/mean_reward"] == pytest.approx(float(row["value"]))
        assert (run / "model_2.pt").exists()

    best = max(hidden, key=lambda text: float(hidden[text]["value"]))
    told = next(line for line in printed.splitlines() if line.startswith("best: "))
    assert shlex.split(told.removeprefix("best: ")) == [
        "rp-train", "--task=go2_flat", "--experiment_name=hidden", "--num_envs=16", "--max_iterations=2", *TINY[4:],
        "--set", f"train.policy.actor_hidden_dims={best}", "--set", "rewards.scales.torques=-0.0001",
    ]  # fmt: skip

    storage = f"--storage=sqlite:///{experiment / 'sweeps' / 'hidden.db'}"
    assert run_script(sweep, *flags, storage, "--report") == 0
    assert capsys.readouterr().out.partition("files:")[0] == printed.partition("files:")[0]


def test_a_metric_that_is_never_logged(run_script, tmp_path, capsys, monkeypatch):
    """Told by the tags of a real training, in this process; the test above has one in its own."""

    def train_here(command, **kwargs):
        assert command[:3] == [sys.executable, "-m", train.__name__]
        train.main(command[3:])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(dry_run, "subprocess", SimpleNamespace(run=train_here))
    config = write(tmp_path / "sweep.json", metric={"name": "Train/mean_rewards"})
    assert run_script(sweep, *TINY, config) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    reason = "a training logs no 'Train/mean_rewards' from its first iteration on; did you mean Train/mean_reward?"
    assert error == f"error: metric: {reason}"
    assert not list(tmp_path.rglob("model_*"))


def test_a_metric_of_a_later_part_of_a_training(monkeypatch):
    """Rewards teach a student once it imitates."""
    monkeypatch.setattr(checks, "logged_tags", lambda *_: ["Loss/behaviour", "Train/mean_reward"])
    parameters = {"train_cfg.seed": {"values": [1, 2]}}
    content = {"method": "grid", "metric": {"name": "Loss/surrogate"}, "parameters": parameters}
    with pytest.raises(UserError, match=r"metric: a training logs no 'Loss/surrogate' from its first iteration on$"):
        checks.check_metric(parse_definition(content), [])


@pytest.mark.parametrize(
    ("flags", "changes", "message"),
    [
        ([], {"parameters": {"train_cfg.algorithm.gama": {"value": 1}}}, "did you mean train_cfg.algorithm.gamma?"),
        ([], {"parameters": {"env_cfg.env.num_envs": {"values": [4, 8]}}}, "--num_envs and the sweep's parameter"),
        ([], {"method": "grind"}, "method must be one of grid, random, bayes"),
        (["--task=go2_flatt"], {}, "unknown task 'go2_flatt'"),
        (["--storage=sweep.db"], {}, "'sweep.db' is no database URL"),
        (["--report"], {}, "there is no sweep 'sweep' in sqlite:///"),
        (["--gpus=a"], {}, "expected numbers such as 0,1, got 'a'"),
        (["--workers=0"], {}, "must be from 1 to 1000, got 0"),
        (["--backend=wandb"], {}, "--sim: a sweep on Weights & Biases has one command for all machines"),
        (["--report", "--gpus=0"], {}, "--report trains nothing: leave --workers and --gpus out"),
        (["--backend=wandb", "--report"], {}, "--report is for sweeps with Optuna, not with Weights & Biases"),
        (["--wandb_sweep_id=abc"], {}, "--task: a sweep that --wandb_sweep_id joins says what is trained; leave it"),
        (["--wandb_project=walking"], {}, "no entity; name it with --wandb_entity"),
        (["--experiment_name=a/b"], {}, "that can name a folder"),
        (["--config=/nowhere.json"], {}, "there is no /nowhere.json"),
        (["--task=go2_perceptive"], {"parameters": {"train_cfg.seed": {"value": 1}}}, "the task has stages"),
    ],
)
def test_mistakes_end_with_one_line(run_script, tmp_path, capsys, monkeypatch, flags, changes, message):
    monkeypatch.setattr(checks, "logged_tags", None)
    assert run_script(sweep, *TINY, write(tmp_path / "sweep.json", **changes), *flags) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "needs --wandb_entity and --wandb_project"),
        (["--workers=2"], "--workers is for sweeps with Optuna"),
        (["--backend=optuna"], "--backend=optuna: --wandb_sweep_id joins a sweep on Weights & Biases"),
        (["--set=train.seed=2"], "--set: a sweep that --wandb_sweep_id joins says what is trained"),
    ],
)
def test_a_sweep_that_is_joined_says_what_is_trained(tmp_path, monkeypatch, flags, message):
    monkeypatch.setattr(tracking, "CONFIG_FILE", tmp_path / "nobody.json")
    with pytest.raises(UserError, match=message):
        sweep.main(["--wandb_sweep_id=abc", *flags])


def test_a_report_of_nothing_makes_nothing(run_script, tmp_path, capsys):
    logs = tmp_path / "logs"
    flags = ["--task=go2_flat", write(tmp_path / "sweep.json"), f"--log_root={logs}", "--report"]
    with pytest.raises(UserError, match=f"there is no sweep 'sweep' in sqlite:///{logs}"):
        sweep.main(flags)
    assert not logs.exists()


def test_a_sweep_on_a_server_needs_an_account(tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "CONFIG_FILE", tmp_path / "nobody.json")
    with pytest.raises(UserError, match="needs --wandb_entity and --wandb_project"):
        sweep.main(["--task=go2_flat", "--backend=wandb", f"--log_root={tmp_path}"])


def test_a_training_that_does_not_start(tmp_path, monkeypatch):
    def crash(command, **kwargs):
        return subprocess.CompletedProcess(command, 2, "", "warning\nerror: num_mini_batches is 0\n")

    monkeypatch.setattr(subprocess, "run", crash)
    with pytest.raises(checks.UserError, match="a training with these settings does not start: num_mini_batches is 0"):
        checks.logged_tags([], [])


def test_the_first_training_is_not_logged_to_an_account(monkeypatch):
    def run(command, **kwargs):
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    commands = []
    monkeypatch.setattr(subprocess, "run", run)
    checks.logged_tags(["train", "--wandb_entity=me", "--wandb_project=walking", "--seed=1"], [])
    assert commands[0][:2] == ["train", "--seed=1"] and "--disable_wandb" in commands[0]


def test_the_first_training_has_a_size_and_a_length_of_its_own(monkeypatch):
    """Each flag once: a flag that is given twice is refused."""

    def run(command, **kwargs):
        parsed.append(train.make_parser().parse(command[1:]))
        return subprocess.CompletedProcess(command, 0, "", "")

    parsed = []
    monkeypatch.setattr(subprocess, "run", run)
    asked = ["--num_envs=4096", "--max_iterations=300", "--log_root=logs", "--disable_wandb", "--seed=3"]
    checks.logged_tags(["train", *asked, "--set", "env.episode_length_s=20", "--set", "sim.dt=0.004"], [])
    assert (parsed[0].num_envs, parsed[0].max_iterations, parsed[0].seed) == (64, 1, 3)
    assert parsed[0].overrides == ["sim.dt=0.004", "env.episode_length_s=0.05"]


@pytest.mark.parametrize("is_swept", [True, False])
def test_the_first_training_takes_sizes_and_lengths_that_are_settings(monkeypatch, is_swept):
    """Flag and `--set` of one field are refused as two words for the same."""

    def run(command, **kwargs):
        asked.append(asked_for(train.make_parser().parse(command[1:]), get_cfgs("go2_flat")[1]))
        return subprocess.CompletedProcess(command, 0, "", "")

    asked, sizes = [], ["env.num_envs=4096", "train.runner.max_iterations=300"]
    monkeypatch.setattr(subprocess, "run", run)
    flags = [] if is_swept else [text for size in sizes for text in ("--set", size)]
    checks.logged_tags(["train", "--task=go2_flat", *flags], [*(sizes if is_swept else []), "sim.dt=0.004"])
    found = {key: value for part in asked[0] for key, value in part.values.items()}
    assert (found["env.num_envs"], found["train.runner.max_iterations"], found["sim.dt"]) == (64, 1, "0.004")


def test_the_example_fits_each_task(run_script, monkeypatch):
    swept = []
    monkeypatch.setattr(program, "sweep_with_optuna", lambda plan, *_: swept.append(plan.name))
    for task in ("go2_flat", "go2_rough", "go2_rough_deploy"):
        assert run_script(sweep, f"--task={task}") == 0
    assert swept == ["sweep_config_example"] * 3
