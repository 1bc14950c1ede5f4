"""The comparison with peers: who is measured how often, what their environments see, and the table."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import collectors, peers, soak, trajectory_folder
from legged_gym.utils.errors import UserError

PRINTS = """
import json, os, sys
print("building")
print(json.dumps({"peer": "mjlab", "task": sys.argv[1], "num_envs": int(sys.argv[2]), "env_steps_per_s": 1000.0,
                  "train_steps_per_s": 500.0, "path": os.environ.get("PYTHONPATH", "")}))
"""


def test_both_are_measured_in_turns_each_in_its_own_environment(tmp_path, monkeypatch, capsys):
    script, out = tmp_path / "speed.py", tmp_path / "out.jsonl"
    script.write_text(PRINTS)
    monkeypatch.setattr(peers, "PAIRS", (peers.Pair("go2_flat", "Flat", 8), peers.Pair("go2_rough", "Rough", 16)))
    monkeypatch.setattr(peers, "own_command", lambda pair: [sys.executable, str(script), pair.own, str(pair.num_envs)])
    monkeypatch.setattr(
        peers, "peer_command", lambda python, pair: [str(python), str(script), pair.peer, str(pair.num_envs)]
    )
    peers.main(["--mjlab", sys.executable, "--json", str(out)])
    results = [json.loads(line) for line in out.read_text().splitlines()]
    assert [result["task"] for result in results] == 2 * ["go2_flat", "Flat", "go2_rough", "Rough"]
    assert [result["peer"] for result in results[:2]] == ["robust_parallel", "mjlab"]
    assert results[0]["path"].startswith(str(Path(peers.__file__).parents[1])) and results[1]["path"] == ""
    assert capsys.readouterr().out.splitlines()[-1] == "| mjlab: `Rough` | 16 | 1 | 0.5 |"
    peers.main(["--rounds", "1", "--num_envs", "4"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "| robust_parallel: `go2_flat` | 4 | 1 | 0.5 |",
        "| robust_parallel: `go2_rough` | 4 | 1 | 0.5 |",
    ]


def test_commands_measure_training_too():
    pair = peers.Pair("go2_flat", "Flat", 8)
    assert peers.own_command(pair)[1:] == [
        "-m", "legged_gym.scripts.benchmark", "--task=go2_flat", "--num_envs=8", "--train",
    ]  # fmt: skip
    python, script, task, count = peers.peer_command(Path("venv/bin/python"), pair)
    assert (python, task, count) == ("venv/bin/python", "Flat", "8") and Path(script).is_file()


def test_one_that_fails_tells_what_it_said():
    with pytest.raises(UserError, match="no mjlab here"):
        peers.measured([sys.executable, "-c", "import sys; sys.exit('no mjlab here')"])
    with pytest.raises(UserError, match="--mjlab: there is no program /nowhere/python"):
        peers.main(["--mjlab=/nowhere/python"])


@pytest.mark.parametrize(
    ("program", "argv", "message"),
    [
        (peers, ["--rounds=0"], "--rounds: must be from 1 to 1000, got 0"),
        (trajectory_folder, ["--seconds=nan"], "--seconds: expected a number, got 'nan'"),
        (trajectory_folder, ["--robots=0"], "--robots: must be from 1 to 10000, got 0"),
        (collectors, ["--collectors=0"], "--collectors: must be from 1 to 1000, got 0"),
        (collectors, ["--task=a1_distil"], "unknown task 'a1_distil'; did you mean a1_distill"),
        (collectors, ["--cores_each=100000"], "--cores_each 100000: 4 processes, and [0-9]+ cores"),
        (collectors, ["--gpus=0,1,2"], "--gpus: 4 processes, and 3 GPUs are named"),
        (soak, ["--num_envs=9000000000"], "--num_envs: must be at most 1e"),
        (soak, ["--task=go2_flatt"], "unknown task 'go2_flatt'; did you mean go2_flat"),
    ],
)
def test_mistakes_end_in_a_line(program, argv, message):
    with pytest.raises(UserError, match=message):
        program.main(argv)


def test_the_table_spans_the_rounds():
    one = {"peer": "mjlab", "task": "Flat", "num_envs": 4096, "env_steps_per_s": 125_000.0, "train_steps_per_s": 141e3}
    other = one | {"env_steps_per_s": 135_200.0, "train_steps_per_s": 141.2e3}
    assert peers.table([one, other]).splitlines()[2] == "| mjlab: `Flat` | 4096 | 125 to 135 | 141 |"
