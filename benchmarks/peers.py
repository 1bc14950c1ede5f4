"""This project and mjlab on the same card, in turns: `python benchmarks/peers.py --mjlab VENV/bin/python --json FILE`.

mjlab lives in an environment of its own, since it wants another MuJoCo. Without `--mjlab` this project alone is
measured. See peers.md.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from legged_gym.scripts.command_line import Parser, positive, run_program, whole
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file, write_file

HERE = Path(__file__).parent
ROUNDS = 2
"""Times that each is measured, in turns: a card's clock changes with its temperature."""


class Pair(NamedTuple):
    """Tasks that are compared, with as many robots."""

    own: str
    peer: str
    num_envs: int


PAIRS = (
    Pair("go2_flat", "Mjlab-Velocity-Flat-Unitree-Go1", 4096),
    Pair("go2_rough", "Mjlab-Velocity-Rough-Unitree-Go1", 4096),
    Pair("go2_rough", "Mjlab-Velocity-Rough-Unitree-Go1", 8192),
)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure in turns, and print each result and a table."""
    parser = Parser("Measure this project and mjlab on the same card, in turns.")
    parser.add_argument("--mjlab", metavar="PYTHON", type=Path, help="the interpreter of mjlab's environment")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write all results, a line each")
    parser.add_argument("--num_envs", metavar="N", type=positive, help="robots of all tasks; default: 4096 and 8192")
    parser.add_argument("--rounds", metavar="N", type=whole(1, 1000), default=ROUNDS, help=f"default: {ROUNDS}")
    args = parser.parse(argv)
    if args.mjlab is not None and shutil.which(args.mjlab) is None:
        raise UserError(f"--mjlab: there is no program {args.mjlab}")
    pairs = [pair._replace(num_envs=args.num_envs or pair.num_envs) for pair in PAIRS]
    results: list[dict[str, Any]] = []
    for _ in range(args.rounds):
        for pair in dict.fromkeys(pairs):
            found = [measured(own_command(pair)) | {"peer": "robust_parallel"}]
            if args.mjlab is not None:
                found.append(measured(peer_command(args.mjlab, pair), own_path=False))
            results += found
            print(*map(json.dumps, found), sep="\n", flush=True)
    if args.json is not None:
        write_file(args.json, "".join(json.dumps(result) + "\n" for result in results).encode())
    print(table(results))


def own_command(pair: Pair) -> list[str]:
    """Measures this project's task."""
    return [
        sys.executable, "-m", "legged_gym.scripts.benchmark", f"--task={pair.own}", f"--num_envs={pair.num_envs}",
        "--train",
    ]  # fmt: skip


def peer_command(python: Path, pair: Pair) -> list[str]:
    """Measures mjlab's task."""
    return [str(python), str(HERE / "mjlab_speed.py"), pair.peer, str(pair.num_envs)]


def measured(command: Sequence[str], own_path: bool = True) -> dict[str, Any]:
    """The JSON object that a program prints as its last line.

    Args:
        command: the program.
        own_path: whether it finds this project; to another's environment it would bring packages of the same names.

    Raises:
        UserError: it failed; tells what it said last.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if own_path:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise UserError(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return json.loads(lines[-1])


def table(results: Sequence[dict[str, Any]]) -> str:
    """Markdown: the lowest and highest of each measurement, thousands of control steps a second."""
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["peer"], result["task"], result["num_envs"]), []).append(result)
    lines = ["| what | robots | environment, k steps/s | training, k steps/s |", "|---|---|---|---|"]
    for (peer, task, num_envs), group in groups.items():
        columns = [span([result[key] for result in group]) for key in ("env_steps_per_s", "train_steps_per_s")]
        lines.append(f"| {peer}: `{task}` | {num_envs} | {columns[0]} | {columns[1]} |")
    return "\n".join(lines)


def span(values: Sequence[float]) -> str:
    """From the lowest to the highest, in thousands; one number where they round to the same."""
    low, high = (f"{value / 1000:.3g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


if __name__ == "__main__":
    run_program(main)
