import csv
import json
import shlex

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState, create_trial

from legged_gym.scripts.train import make_parser
from legged_gym.sweeps.optuna_backend import IDENTITY
from legged_gym.sweeps.report import best_command, importances, report

GAMMA, HIDDEN = "train_cfg.algorithm.gamma", "train_cfg.policy.actor_hidden_dims"
SPACE = {
    GAMMA: FloatDistribution(0.9, 1.0),
    "env_cfg.rewards.scales.torques": FloatDistribution(-1.0, 0.0),
    HIDDEN: CategoricalDistribution(["[64, 32]"]),
}


def study_of(rows, direction="maximize"):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction=direction)
    identity = {"train": ["--task=go2_flat", "--num_envs=64"], "sweep": {"metric": {"name": "Train/mean_reward"}}}
    study.set_user_attr(IDENTITY, identity)
    for state, value, gamma, torques, attributes in rows:
        params = {GAMMA: gamma, "env_cfg.rewards.scales.torques": torques, HIDDEN: "[64, 32]"}
        study.add_trial(
            create_trial(state=state, value=value, params=params, distributions=SPACE, user_attrs=attributes)
        )
    return study


ROWS = [
    (TrialState.COMPLETE, 1.5, 0.95, -0.5, {"run": "Nov21_a", "host": "one"}),
    (TrialState.COMPLETE, 2.5, 0.99, -0.25, {"run": "Nov21_b", "host": "two"}),
    (
        TrialState.FAIL,
        None,
        0.91,
        -0.125,
        {"error": "exit status 1: Traceback\nValueError: bad, really", "host": "one"},
    ),
    (TrialState.FAIL, None, 0.92, -0.5, {"host": "one"}),
    (TrialState.PRUNED, 9.0, 0.92, -0.5, {"host": "two", "rerun_of": 3}),
    (TrialState.FAIL, None, 0.93, -0.5, {"host": "two", "interrupted": True}),
    (TrialState.RUNNING, None, 0.94, -0.5, {"host": "two"}),
]


def test_table_command_and_files(tmp_path):
    text = report(study_of(ROWS), tmp_path / "new" / "folder")
    lines = text.splitlines()
    assert lines[0].split() == [
        "candidate",
        "state",
        "Train/mean_reward",
        "min",
        "gamma",
        "torques",
        "actor_hidden_dims",
        "what",
    ]
    assert [line.split()[:2] for line in lines[1:4]] == [["1", "done"], ["0", "done"], ["4", "ended"]]
    assert (
        lines[1].split()[2] == "2.5" and lines[1].endswith("Nov21_b") and lines[4].endswith("ValueError: bad, really")
    )
    states = {line.split()[0]: " ".join(line.split()[1:3]) for line in lines[4:8]}
    assert states == {"2": "crashed -", "3": "lost -", "5": "interrupted -", "6": "running -"}

    command = best_command(study_of(ROWS))
    assert command is not None and f"best: {command}" in text
    program, *flags = shlex.split(command)
    assert program == "rp-train"
    args = make_parser().parse(flags)
    assert (args.task, args.num_envs) == ("go2_flat", 64)
    assert args.overrides == [
        "train.algorithm.gamma=0.99", "rewards.scales.torques=-0.25", "train.policy.actor_hidden_dims=[64, 32]",
    ]  # fmt: skip

    folder = tmp_path / "new" / "folder"
    rows = list(csv.DictReader((folder / "candidates.csv").open()))
    assert len(rows) == 7 and (rows[1]["value"], rows[1][GAMMA], rows[1]["host"]) == ("2.5", "0.99", "two")
    assert rows[2]["error"].endswith("bad, really") and rows[4]["rerun_of"] == "3"
    data = json.loads((folder / "candidates.json").read_text())
    assert (data["metric"], data["best_command"], len(data["candidates"])) == ("Train/mean_reward", command, 7)
    assert data["candidates"][0]["parameters"][HIDDEN] == "[64, 32]"
    assert not (folder / "importance.png").exists()  # two finished candidates tell nothing


def test_a_table_takes_the_place_of_the_one_before(tmp_path):
    """Who reads that reads it to its end."""
    (tmp_path / "candidates.csv").write_text("old")
    with (tmp_path / "candidates.csv").open() as old:
        report(study_of(ROWS), tmp_path)
        assert old.read() == "old"
    assert (tmp_path / "candidates.csv").read_text().startswith("candidate,state,value")


def test_the_best_of_what_is_minimized():
    command = best_command(study_of(ROWS, "minimize"))
    assert command is not None and "gamma=0.95" in command


def test_importance_of_the_parameter_that_matters(tmp_path):
    rows = [
        (TrialState.COMPLETE, -abs(gamma - 0.95), gamma, -((7 * index) % 20) / 20, {})
        for index in range(20)
        for gamma in [0.9 + 0.005 * index]
    ]
    study = study_of(rows)
    shares = importances(study)
    assert list(shares) == [GAMMA, "env_cfg.rewards.scales.torques"]  # not the one that never changed
    assert shares[GAMMA] > 0.7 and sum(shares.values()) == pytest.approx(1.0)
    assert f"importance: {GAMMA} {100 * shares[GAMMA]:.0f} %" in report(study, tmp_path)
    assert (tmp_path / "importance.png").read_bytes().startswith(b"\x89PNG")


def test_nothing_finished(tmp_path):
    assert "no candidate has finished yet" in report(study_of(ROWS[2:3]), tmp_path)
    assert "no candidate has finished yet" in report(study_of([]), tmp_path)
