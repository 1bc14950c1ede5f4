"""Environments beside upstream's rsl_rl, in a virtual environment of their own."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ROOT = Path(__file__).resolve().parents[2]
UPSTREAM = ["rsl-rl-lib==5.5.1", "GitPython", "gitdb", "smmap"]
"""Upstream and what it needs beyond this project's own dependencies."""


@pytest.fixture(scope="module")
def upstream(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A Python with upstream's learner and all that is installed here, and an environment with all but our learner."""
    folder = tmp_path_factory.mktemp("upstream")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    (site / "here.pth").write_text(sysconfig.get_path("purelib") + "\n")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", *UPSTREAM]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        pytest.skip(f"no package index: {result.stderr.strip().splitlines()[-1]}")
    source = folder / "source"
    source.mkdir()
    for package in ("legged_gym", "robust_parallel"):
        (source / package).symlink_to(ROOT / package)
    return python, {**os.environ, "PYTHONPATH": str(source)}


@pytest.mark.slow
def test_upstreams_runner_trains_an_environment_unwrapped(upstream, tmp_path):
    python, env = upstream
    script = Path(__file__).with_name("train_upstream.py")
    result = subprocess.run([python, script, tmp_path], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "model_1.pt").is_file()
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    tags = events.Tags()["scalars"]
    assert {"Train/mean_reward", "Loss/surrogate", "Episode/falls", "Episode/rew_tracking_lin_vel"} <= set(tags)
    lengths = [event.value for event in events.Scalars("Train/mean_episode_length")]
    assert all(0.0 < length <= 48.0 for length in lengths)
    weights = torch.load(tmp_path / "model_1.pt", weights_only=False)["actor_state_dict"]
    assert all(value.isfinite().all() for value in weights.values())


@pytest.mark.slow
@pytest.mark.parametrize("program", ["train.py", "play.py", "evaluate.py"])
def test_our_programs_say_in_one_line_what_clashes(upstream, tmp_path, program):
    python, env = upstream
    script = ROOT / "legged_gym" / "scripts" / program
    result = subprocess.run([python, script, "--task=go2_flat"], env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: rsl_rl in ") and "pip uninstall rsl-rl-lib" in line
    command = [python, "-c", "import legged_gym.runs"]
    result = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert result.stderr.splitlines()[-1].startswith("ImportError: rsl_rl in ")
