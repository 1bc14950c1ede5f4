"""A user's checkout of a fork trains and plays: given by ISAACGYM_FORK, its task and other packages beside it."""

import os
from pathlib import Path

import pytest

from tests.isaacgym import run_fork

FORK = os.environ.get("ISAACGYM_FORK", "")

TRAIN = """
import sys
import toy_fork
from isaacgym import gymapi
print("trained", toy_fork.NAME, gymapi.SIM_PHYSX.name, sorted(sys.argv[1:]))
assert not any("robust" in path and path.endswith("legged_gym") for path in sys.path)
"""


def toy(folder: Path, play: str) -> Path:
    """A fork with a package of its own below its top."""
    scripts = folder / "toy" / "toy_fork" / "scripts"
    scripts.mkdir(parents=True)
    (folder / "toy" / "setup.py").write_text("")
    (scripts.parent / "__init__.py").write_text("NAME = 'toy'\n")
    (scripts / "train.py").write_text(TRAIN)
    (scripts / "play.py").write_text(play)
    return folder


def test_a_toy_fork_is_found_and_run(tmp_path, capsys):
    fork = toy(tmp_path, "import time\nprint('played', flush=True)\ntime.sleep(60)\n")
    assert run_fork.main([str(fork), "--task=walk", "--seconds=5"]) == 0
    told = capsys.readouterr().out
    assert "trained toy SIM_PHYSX ['--headless', '--max_iterations=2', '--num_envs=16'" in told
    assert "played" in told and "play.py still ran when it was stopped" in told


def test_a_fork_finds_packages_of_the_path_but_not_this_project(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "/packages", f"{run_fork.ROOT}/", "/more"]))
    assert run_fork.inherited() == ["/packages", "/more"]


def test_a_fork_with_flags_of_its_own(tmp_path, capsys):
    """Some need a name of the run, some know neither --headless nor --task."""
    fork = toy(tmp_path, "import sys\nprint('played', sys.argv[1:])\n")
    assert run_fork.main([str(fork), "--flags=--sim_device=cpu --name='run 1'"]) == 0
    told = capsys.readouterr().out
    assert "['--max_iterations=2', '--name=run 1', '--num_envs=16', '--sim_device=cpu']" in told
    assert "played ['--sim_device=cpu', '--name=run 1', '--num_envs=16']" in told


def test_a_fork_that_fails_is_told(tmp_path, capsys):
    fork = toy(tmp_path, "raise SystemExit(3)")
    assert run_fork.main([str(fork)]) == 1
    assert "play.py ended with 3" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="has no train.py"):
        run_fork.program(tmp_path / "toy" / "toy_fork" / "none", "train.py")


@pytest.mark.slow
@pytest.mark.skipif(not FORK, reason="ISAACGYM_FORK names no checkout of a fork")
def test_a_given_fork_trains_and_plays():
    task, packages = os.environ.get("ISAACGYM_FORK_TASK"), os.environ.get("ISAACGYM_FORK_PACKAGES", "")
    flags = [f"--flags={os.environ.get('ISAACGYM_FORK_FLAGS', run_fork.FLAGS)}"]
    flags += [f"--task={task}"] if task else []
    assert run_fork.main([FORK, *flags, "--packages", *packages.split(os.pathsep)] if packages else [FORK, *flags]) == 0
