"""`evaluate.py --suite=belief`, from checkpoints to tables, JSON and figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from legged_gym.scripts import command_line as cli
from legged_gym.scripts import evaluate
from studies.belief import probes
from studies.belief.policies import LABELS

SMALL = ("--trials=1", "--seed=3", "--sim=mujoco", "--set=terrain.num_rows=5", "--set=terrain.num_cols=5")


def run(*flags: str) -> Any:
    with pytest.raises(SystemExit) as stop:
        cli.run_program(lambda: evaluate.main(["--suite=belief", *flags]))
    return stop.value.code


def test_trials_on_the_maps(policies: Path, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.json"
    flags = (*SMALL, f"--policies={policies}", "--num_envs=64", "--set=env.episode_length_s=0.06", "--parts=1,2,3,5")
    assert run(*flags, f"--json={out}", f"--plot={tmp_path}") == 0
    data = json.loads(out.read_text())
    assert data["suite"] == "belief" and data["task"] == "go2_perceptive" and data["seed"] == 3
    assert list(data["policies"]) == list(LABELS)
    assert data["policies"]["blind"] == {"file": "go2_perceptive_blind.pt", "sees_noisy_map": False}
    standard = data["records"]["standard"]
    assert len({(r["policy"], r["terrain"], r["level"], r["condition"]) for r in standard}) == len(standard)
    assert all(r["trials"] == 1 and r["steps"] == 3 for r in standard)
    assert {r["level"] for r in data["records"]["steps"]} == set(range(10))
    assert {r["terrain"] for r in data["records"]["steps"]} == {"stairs_up", "stairs_down", "discrete"}
    assert data["gate_ablation"]["small"]["mean"]["student"]["action_error"] > 0.0
    assert data["held_out"]["gru_none"]["30 % dropped"]["all"]["trials"] == 3  # level 4 of three types
    assert "gate ablation, small noise" in capsys.readouterr().out
    assert {path.stem for path in tmp_path.glob("*.png")} == {
        "gate_ablation", "architecture", "success_by_height", "standard_map", "held_out",
    }  # fmt: skip
    assert run(f"--from_json={out}", f"--json={tmp_path / 'again.json'}") == 0
    assert json.loads((tmp_path / "again.json").read_text()) == data


def test_probes(monkeypatch: Any, policies: Path, tmp_path: Path, capsys: Any) -> None:
    monkeypatch.setattr(probes, "EPISODE", 0.6)
    out = tmp_path / "out.json"
    flags = (*SMALL, f"--policies={policies}", "--parts=4", f"--json={out}", f"--plot={tmp_path}")
    assert run(*flags) == 0
    data = json.loads(out.read_text())
    assert list(data["probes"]) == list(probes.PROBES)
    for result in data["probes"].values():
        assert list(result["policies"]) == list(LABELS)
        assert len(result["example"]["ground"]) == len(result["example"]["gate"]) == 30
        assert "first foot" in result["policies"]["student"] and "first foot" not in result["policies"]["teacher"]
    hidden = data["probes"]["hidden step"]["example"]
    assert hidden["ground"] == pytest.approx([-0.12] * 30, abs=1e-3) == hidden["map"]
    assert "gate_ablation" not in data and "random heights: blind GRU" in capsys.readouterr().out
    assert [path.stem for path in tmp_path.glob("*.png")] == ["probes"]


def test_a_folder_without_policies(tmp_path: Path, capsys: Any) -> None:
    assert run(f"--policies={tmp_path}") == 2
    assert capsys.readouterr().err.startswith("error: no teacher to evaluate: there is no file ")
    assert run(f"--policies={tmp_path}", "--parts=0") == 2
    assert run(f"--from_json={tmp_path / 'none.json'}") == 2
    assert "there is no" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["go2_sight", "go2_blind"])
def test_a_task_whose_students_have_no_map(task: str, capsys: Any) -> None:
    assert run(f"--task={task}") == 2
    error = capsys.readouterr().err
    assert error == f"error: --suite=belief is of students with a map, as of go2_perceptive; {task} has none\n"


@pytest.mark.parametrize(
    "text",
    [
        "no json {",
        "[]",
        '{"task": "go2_perceptive"}',
        '{"suite": "belief", "records": "x"}',
        '{"suite": "belief", "parts": [1], "policies": {}, "records": {"standard": [1], "steps": []}}',
        '{"suite": "belief", "parts": [1], "policies": {}, "records": {"standard": [{"trials": 0}], "steps": []}}',
        '{"suite": "sight", "parts": [], "policies": {}, "records": {"standard": [], "steps": []}}',
    ],
)
def test_a_file_that_no_suite_wrote_is_refused(tmp_path, capsys, text):
    path = tmp_path / "data.json"
    path.write_text(text)
    assert run(f"--from_json={path}") == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and str(path) in error and error.count("\n") == 1
