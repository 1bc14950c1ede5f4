"""The comparison with peers: who is measured how often, what their environments see, and the table."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import collectors, own_speed, peers, soak, trajectory_folder, wall_clock
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from tests.pythonpath import extended
from tests.runs.test_processes import runs, wait_for

PRINTS = """
import json, os, sys
if (sys.argv[1], os.path.exists("{folder}/fails")) == ("Flat", True):
    sys.exit("no Flat here")
print("building")
print(json.dumps({{"env_steps_per_s": 1000.0, "train_steps_per_s": 500.0, "path": os.environ.get("PYTHONPATH", "")}}))
"""


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Two pairs, in the place of whose programs small ones run."""
    for name in ("own_speed.py", "mjlab_speed.py"):
        (tmp_path / name).write_text(PRINTS.format(folder=tmp_path))
    monkeypatch.setattr(peers, "HERE", tmp_path)
    monkeypatch.setattr(peers, "PAIRS", (peers.Pair("go2_flat", "Flat", 8), peers.Pair("go2_rough", "Rough", 16)))
    return tmp_path


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_both_are_measured_in_turns_each_in_its_own_environment(scripts, capsys):
    out = scripts / "out.jsonl"
    peers.main(["--mjlab", sys.executable, "--json", str(out)])
    results = lines(out)
    assert [result["task"] for result in results] == 2 * ["go2_flat", "Flat", "go2_rough", "Rough"]
    assert [result["peer"] for result in results[:2]] == ["robust_parallel", "mjlab"]
    assert results[0]["path"].startswith(str(Path(peers.__file__).parents[1])) and results[1]["path"] == ""
    assert capsys.readouterr().out.splitlines()[-1] == "| mjlab: `Rough` | 16 | 1 | 0.5 |"
    peers.main(["--rounds", "1", "--num_envs", "4"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "| robust_parallel: `go2_flat` | 4 | 1 | 0.5 |",
        "| robust_parallel: `go2_rough` | 4 | 1 | 0.5 |",
    ]


def test_one_that_fails_is_marked_and_keeps_no_other_from_being_measured(scripts, capsys, monkeypatch):
    out = scripts / "out.jsonl"
    (scripts / "fails").touch()
    known, attempt = [], peers.attempt
    monkeypatch.setattr(peers, "attempt", lambda command: known.append(len(lines(out))) or attempt(command))
    with pytest.raises(UserError, match="1 of 4 measurements failed, the last: .*no Flat here"):
        peers.main(["--mjlab", sys.executable, "--rounds=1", "--json", str(out)])
    assert known == [0, 1, 2, 3]  # each is written before the next begins
    assert ["failed" in result for result in lines(out)] == [False, True, False, False]
    assert lines(out)[1]["failed"].strip().endswith("failed: no Flat here")
    printed = capsys.readouterr().out.splitlines()
    assert list(map(json.loads, printed[:4])) == lines(out)
    assert "| mjlab: `Flat` | 8 | - (1 failed) | - (1 failed) |" in printed


def test_programs_are_there():
    programs = peers.programs(peers.Pair("go2_flat", "Flat", 8), Path("venv/bin/python"))
    assert [known for known, _ in programs] == [
        {"peer": "robust_parallel", "task": "go2_flat", "num_envs": 8},
        {"peer": "mjlab", "task": "Flat", "num_envs": 8},
    ]
    (own, own_script, *own_flags), (*peers_python, script, task, count) = (command for _, command in programs)
    assert (own, own_flags) == (sys.executable, ["go2_flat", "8"]) and Path(own_script).is_file()
    assert (peers_python, task, count) == (["env", "-u", "PYTHONPATH", "venv/bin/python"], "Flat", "8")
    assert Path(script).is_file()


def test_one_that_fails_tells_what_it_said():
    with pytest.raises(UserError, match="no mjlab here"):
        peers.measured([sys.executable, "-c", "import sys; sys.exit('no mjlab here')"])
    with pytest.raises(UserError, match="the last line of .* is not valid JSON"):
        peers.measured([sys.executable, "-c", "print('done')"])
    with pytest.raises(UserError, match="--mjlab: there is no program /nowhere/python"):
        peers.main(["--mjlab=/nowhere/python"])


def test_one_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(peers, "LIMIT", 0.3)
    with pytest.raises(UserError, match="takes longer than 0.3 s"):
        peers.measured([sys.executable, "-c", "import time; time.sleep(300)"])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process of its parent's death")
def test_a_measurement_does_not_outlive_the_program(tmp_path):
    file = tmp_path / "number"
    tell = f"import os, pathlib, time; pathlib.Path({str(file)!r}).write_text(str(os.getpid())); time.sleep(300)"
    code = f"from benchmarks import peers; peers.measured([{sys.executable!r}, '-c', {tell!r}])"
    environment = os.environ | {"PYTHONPATH": extended(LEGGED_GYM_ROOT_DIR)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as program:
        wait_for(lambda: file.exists() and file.read_text() != "")
        program.terminate()
    wait_for(lambda: not runs(Path("/proc", file.read_text())))


@pytest.mark.parametrize("own", [True, False])
def test_the_clocks_of_both_are_one(own):
    """Both projects' scripts take it from the same file."""
    script = Path(peers.__file__).with_name("own_speed.py" if own else "mjlab_speed.py").read_text()
    assert "wall_clock import ITERATIONS, env_step_time, now" in script


def test_a_step_by_the_wall_clock(monkeypatch):
    """Two steps of 100 s warm up, five take 3 s each on the host, with actions drawn anew."""
    clock, taken = [0.0], []

    def step(actions):
        taken.append(actions.clone())
        clock[0] += 100.0 if len(taken) <= 2 else 3.0

    monkeypatch.setattr(wall_clock.time, "perf_counter", lambda: clock[0])
    env = SimpleNamespace(num_envs=4, num_actions=3, step=step)
    assert wall_clock.env_step_time(env, "cpu") == pytest.approx(3.0)
    assert len({actions.sum().item() for actions in taken}) == len(taken) == 7


def test_this_project_is_measured(monkeypatch, capsys):
    """A step takes 0.5 s, and the one iteration that is timed, of 24 steps, 12 s."""
    monkeypatch.setattr(sys, "argv", ["own_speed.py", "go2_flat", "4"])
    monkeypatch.setattr(own_speed, "env_step_time", lambda env, device: 0.5)
    times = iter((30.0, 42.0))
    monkeypatch.setattr(own_speed, "now", lambda device: next(times))
    own_speed.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["task"], result["num_envs"]) == ("go2_flat", 4)
    assert (result["env_steps_per_s"], result["train_steps_per_s"]) == (4 / 0.5, 4 * 24 / 12.0)


def test_collectors_go_on_after_a_failure_and_tell_each_result_as_it_comes(tmp_path, monkeypatch, capsys):
    out, known = tmp_path / "out.jsonl", []

    def measure(args, where):
        known.append(len(lines(out)))
        if len(where) == 3:
            raise UserError("the trainer ended with status 1")
        return {"recorded_steps_per_s": 100.0 * len(where), "learned_steps_per_s": 50.0}

    monkeypatch.setattr(collectors, "measure", measure)
    with pytest.raises(UserError, match="1 of 3 measurements failed, the last: the trainer ended"):
        collectors.main(["--collectors", "1", "2", "4", f"--json={out}"])
    assert known == [0, 1, 2]
    results = lines(out)
    assert [result["collectors"] for result in results] == [1, 2, 4] and results[2]["recorded_of_one"] == 2.5
    assert results[1]["failed"] == "the trainer ended with status 1" and results[1]["task"] == "a1_distill"
    assert "2 collectors: the trainer ended with status 1" in capsys.readouterr().out


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
    told = "| mjlab: `Flat` | 4096 | 125 (1 failed) | 141 (1 failed) |"
    assert peers.table([one, other | {"failed": "no card"}]).splitlines()[2] == told
