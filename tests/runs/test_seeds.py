"""Trainings of several seeds, with small programs in the place of trainings."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from legged_gym.runs.seeds import Trainings, visible_gpus
from legged_gym.scripts.programs.train import _without
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR
from tests.pythonpath import extended


def command(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Processes of their own find the package."""
    monkeypatch.setenv("PYTHONPATH", extended(LEGGED_GYM_ROOT_DIR))


def test_one_that_fails_is_told_and_does_not_keep_others_from_running(tmp_path, caplog):
    trainings = Trainings(
        {seed: command(f"open({str(tmp_path / str(seed))!r}, 'w'); exit({seed == 2} * 7)") for seed in (1, 2, 3)},
        gpus=[None],
    )
    trainings.run()
    assert trainings.statuses == {1: 0, 2: 7, 3: 0} and trainings.stopped_by is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "3"]
    assert "seed 2 failed with status 7" in caplog.messages


def test_at_the_same_time_each_has_a_gpu_and_its_lines_its_name(tmp_path, capfd):
    """Three on two GPUs: the third has the one that is free first. The first goes on until the third is there."""
    third = str(tmp_path / "third")
    tell = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    codes = {
        1: f"{tell}\nwhile not os.path.exists({third!r}): time.sleep(0.01)",
        2: tell,
        3: f"{tell}\nopen({third!r}, 'w')",
    }
    trainings = Trainings({seed: command(code) for seed, code in codes.items()}, ["0", "5"])
    trainings.run()
    assert trainings.statuses == {1: 0, 2: 0, 3: 0}
    assert sorted(capfd.readouterr().out.splitlines()) == ["seed 1: 0", "seed 2: 5", "seed 3: 5"]


STOPPED = """
import sys
from legged_gym.runs.seeds import Trainings
child = '''
import signal, sys, time
def save(number, frame):
    with open(sys.argv[1], "a") as file:
        file.write("saved")
    sys.exit(128 + number)
signal.signal(signal.SIGTERM, save)
open(sys.argv[1], "w").close()
time.sleep(60)
'''
commands = {seed: [sys.executable, "-c", child, f"{sys.argv[1]}/{seed}"] for seed in (1, 2, 3)}
trainings = Trainings(commands, [None] * int(sys.argv[2]))
trainings.run()
print(trainings.statuses, trainings.stopped_by)
"""


def started(folder: Path, at_once: int) -> subprocess.Popen:
    """Three trainings, so many at the same time; returns when those have begun."""
    arguments = [sys.executable, "-c", STOPPED, str(folder), str(at_once)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 300
    while len(list(folder.iterdir())) < at_once and time.monotonic() < deadline:
        time.sleep(0.05)
    return process


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_signal_goes_on_once_to_those_that_run_and_no_other_begins(tmp_path, at_once):
    process = started(tmp_path, at_once)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=300)
    statuses = {seed: 128 + signal.SIGTERM for seed in range(1, at_once + 1)}
    assert output.splitlines()[-1] == f"{statuses} {int(signal.SIGTERM)}"
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {str(seed): "saved" for seed in statuses}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a process of its parent's death")
def test_no_training_outlives_the_program_that_started_it(tmp_path):
    process = started(tmp_path, 1)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == 1
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 300
    while Path(f"/proc/{children[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{children[0]}").exists()


def test_gpus_that_are_visible_are_shared_out(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus(2) == ["0", "1"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-1f,5")
    assert visible_gpus(3) == ["3", "GPU-1f", "5"]


def test_flags_go_on_without_those_of_the_seeds():
    flags = ["--task=a", "--seeds", "1,2", "--set", "x=--seeds", "--run_name=b", "--headless", "--run_name", "--seeds"]
    assert _without(flags, ("--seeds", "--run_name")) == ["--task=a", "--set", "x=--seeds", "--headless"]
