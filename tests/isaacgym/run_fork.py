"""Run a fork's own training and player on the module: `python run_fork.py FORK [--task=a1] [--packages=PATH ...]`.

The fork is a checkout that nothing was edited in; its packages, and others it needs (rsl_rl of its year), are found by
`--packages`, and those of this project, which have the same names, are not. What the programs print is printed.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = "--headless --rl_device=cpu --sim_device=cpu"


def program(fork: Path, name: str) -> Path:
    """The fork's script of a name: the one nearest to its top.

    Raises:
        FileNotFoundError: it has none.
    """
    found = sorted(fork.rglob(name), key=lambda path: (len(path.parts), str(path)))
    if not found:
        raise SystemExit(f"{fork} has no {name}")
    return found[0]


def packages_of(fork: Path) -> list[Path]:
    """Folders of a fork in which its packages lie: beside its setup scripts, or its top."""
    setups = [path.parent for name in ("setup.py", "pyproject.toml") for path in sorted(fork.rglob(name))]
    return list(dict.fromkeys([*setups, fork]))


def inherited() -> list[str]:
    """Folders of this process's path, where installed packages may stand, but not this project."""
    own = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return [path for path in own if Path(path).resolve() != ROOT]


def run(fork: Path, script: Path, flags: list[str], packages: list[Path], seconds: float) -> tuple[int | None, str]:
    """Run a script; its exit status, None if it still ran after some seconds, and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("isaacgym", "robust_parallel"):
            Path(folder, name).symlink_to(ROOT / name)
        path = os.pathsep.join(map(str, (*packages, *packages_of(fork), folder, *inherited())))
        environment = os.environ | {
            "PYTHONPATH": path,
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "Agg",
            "WANDB_MODE": "disabled",
        }
        command = [sys.executable, str(script), *flags]
        try:
            result = subprocess.run(
                command, cwd=script.parent, env=environment, timeout=seconds, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
        except subprocess.TimeoutExpired as expired:
            return None, (expired.stdout or b"").decode(errors="replace")
        return result.returncode, result.stdout


def main(argv: list[str] | None = None) -> int:
    """Train for two iterations, then play for a while; 0 if neither failed."""
    parser = argparse.ArgumentParser(description="run a fork of legged_gym on isaacgym")
    parser.add_argument("fork", type=Path, help="its checkout")
    parser.add_argument("--task", help="one of its tasks")
    parser.add_argument("--packages", type=Path, nargs="*", default=[], help="folders of other packages it needs")
    parser.add_argument("--flags", default=FLAGS, help="of both programs, where they need others than legged_gym's")
    parser.add_argument("--num_envs", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=120.0, help="for which the player runs, s")
    args = parser.parse_args(argv)
    fork = args.fork.resolve()
    flags = [*shlex.split(args.flags), f"--num_envs={args.num_envs}"]
    flags += [f"--task={args.task}"] if args.task else []
    packages = [path.resolve() for path in args.packages]
    for name, more, seconds in (("train.py", ["--max_iterations=2"], 1800.0), ("play.py", [], args.seconds)):
        status, output = run(fork, program(fork, name), flags + more, packages, seconds)
        print(output, end="")
        fate = "still ran when it was stopped" if status is None else f"ended with {status}"
        print(f"{name} {fate}")
        if status or (status is None and name == "train.py"):
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
