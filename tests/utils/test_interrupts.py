"""Ctrl-C while a program is still being loaded, as it is in a terminal."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from legged_gym.scripts import train


def start(*command: str) -> subprocess.Popen:
    """A Python process for which Ctrl-C is not ignored, as it is for one in the background."""
    command = (sys.executable, "-c", INTERRUPTIBLE, sys.executable, *command)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


INTERRUPTIBLE = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.mark.parametrize("how", [[str(train.__file__)], ["-m", train.__name__]], ids=["file", "module"])
def test_a_program_that_is_being_loaded_ends_with_a_word(how):
    process = start(*how, "--task=go2_flat")
    maps = Path(f"/proc/{process.pid}/maps")
    deadline = time.monotonic() + 300.0
    while "torch" not in maps.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (130, "interrupted\n")


def test_another_interrupt_after_the_word_adds_none(tmp_path):
    """While the interpreter tidies up, which takes a second."""
    (tmp_path / "legged_gym_slow_end.py").write_text("import atexit, time\natexit.register(time.sleep, 300)\n")
    ends = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.orig_argv[:] = ['-m', 'legged_gym.scripts.train']\n"
        "import legged_gym_slow_end\nfrom legged_gym.scripts.command_line import run_program\n"
        "def main():\n    raise KeyboardInterrupt\nrun_program(main)"
    )
    process = start("-c", ends)
    assert process.stderr is not None and process.stderr.readline() == "interrupted\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=300)[1] == "" and process.returncode == 130


BENCHMARKS = Path(train.__file__).parents[2] / "benchmarks"
CTRL_C = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(300)"


@pytest.mark.parametrize(
    ("program", "flags", "loads", "status", "word"),
    [
        ("viewer_cost.py", ["--num_envs=1"], "viser", 130, "interrupted\n"),
        ("isaacgym_fork/train.py", [], "torch", -signal.SIGINT, ""),
    ],
)
def test_a_benchmark_that_is_being_loaded_ends_without_a_traceback(
    program, flags, loads, status, word, tmp_path, monkeypatch
):
    """In any folder, and wherever the packages are."""
    (tmp_path / f"{loads}.py").write_text(CTRL_C)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    process = start(str(BENCHMARKS / program), *flags)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (status, word)


def test_elsewhere_the_package_leaves_signals_alone():
    process = start("-c", "import legged_gym, signal; print(signal.getsignal(signal.SIGINT))")
    assert process.communicate(timeout=300)[0].startswith("<built-in function default_int_handler>")


def test_an_import_that_loses_an_interrupt_ends_the_program(tmp_path):
    """MuJoCo's own module turns it into an ImportError."""
    (tmp_path / "mujoco.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGINT)\nexcept KeyboardInterrupt:\n"
        "    raise ImportError('initialization failed')\n"
    )
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path.cwd())!r}]\n"
    code += "from legged_gym.sim.opengl import require_opengl; require_opengl()"
    process = start("-c", code)
    _, errors = process.communicate(timeout=300)
    assert (process.returncode, errors) == (130, "interrupted\n")
