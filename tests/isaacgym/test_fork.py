"""A script in the manner of legged_gym's forks trains on the module, as it is."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from robust_parallel.errors import UserError
from tests.pythonpath import extended

ROOT = Path(__file__).parents[2]
ROBOT = str(ROOT / "resources/robots/go2/urdf/go2.urdf")
SCRIPT = str(Path(__file__).with_name("fork.py"))


def run(*flags: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": extended(ROOT),
        "FORK_ROBOT": ROBOT,
        "OMP_NUM_THREADS": "1",
        **variables,
    }
    command = [sys.executable, SCRIPT, "--num_envs=16", *flags]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_it_trains_headless():
    result = run("--headless", "--max_iterations=2")
    assert result.returncode == 0, result.stderr
    first, second, loaded = result.stdout.splitlines()
    # Standing on all feet pays 1 a step, at most 24; robots that fell or sank in would have less than half.
    assert 12.0 < float(re.findall(r": ([\d.]+) at 0.48 s", first)[0]) < 24.0
    assert 12.0 < float(re.findall(r": ([\d.]+) at 0.96 s", second)[0]) < 24.0
    assert loaded.startswith("loaded of this project besides isaacgym: []")
    assert "soft contacts" in result.stderr and "restitution" not in result.stderr


@pytest.mark.parametrize("flags", [("--headless", "--mesh_type=trimesh", "--randomize"), ("--mesh_type=heightfield",)])
def test_it_trains_on_uneven_ground(flags):
    """Without a window, and with a viewer that shows nothing."""
    result = run("--max_iterations=1", *flags)
    assert result.returncode == 0, result.stderr
    assert 6.0 < float(re.findall(r": ([\d.-]+) at 0.48 s", result.stdout)[0]) < 24.0
    assert ("the viewer shows nothing" in result.stderr) == ("--headless" not in flags)


def test_it_trains_on_mujoco_warp():
    """On its CPU device, on uneven ground, all robots randomized: as on MuJoCo C."""
    flags = ("--headless", "--max_iterations=1", "--mesh_type=trimesh", "--randomize")
    result = run(*flags, ISAACGYM_ENGINE="mujoco_warp")
    assert result.returncode == 0 and "on MuJoCo Warp" in result.stderr, result.stderr
    assert 6.0 < float(re.findall(r": ([\d.-]+) at 0.48 s", result.stdout)[0]) < 24.0


def run_here(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    """The same in this process, as far as it comes."""
    monkeypatch.setenv("FORK_ROBOT", ROBOT)
    monkeypatch.setattr(sys, "argv", [SCRIPT, "--num_envs=16", "--headless", f"--sim_device={device}"])
    runpy.run_path(SCRIPT, run_name="__main__")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told_in_one_line(monkeypatch, capsys):
    with pytest.raises(SystemExit) as stop:
        run_here(monkeypatch, "cuda:0")
    assert stop.value.code != 0 and "pass --sim_device=cpu" in capsys.readouterr().err.splitlines()[-1]


def test_an_engine_that_is_not_there_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("ISAACGYM_ENGINE", "bullet")
    with pytest.raises(UserError, match="use mujoco or mujoco_warp") as stop:
        run_here(monkeypatch, "cpu")
    assert "\n" not in str(stop.value)
