"""This project and mjlab on the same card, in turns: `python benchmarks/peers.py --mjlab VENV/bin/python --json FILE`.

mjlab lives in an environment of its own, since it wants another MuJoCo. Without `--mjlab` this project alone is
measured. See peers.md.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from legged_gym.config.io import parse_json
from legged_gym.scripts.command_line import Parser, positive, run_program, whole
from legged_gym.utils import bound_process
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file

HERE = Path(__file__).parent
ROOT = str(HERE.parent)
ROUNDS = 2
"""Times that each is measured, in turns: a card's clock changes with its temperature."""
LIMIT = 900.0
"""Longest time of a measurement, s: kernels may have to be compiled."""


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
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write each result as it comes, a line each")
    parser.add_argument("--num_envs", metavar="N", type=positive, help="robots of all tasks; default: 4096 and 8192")
    parser.add_argument("--rounds", metavar="N", type=whole(1, 1000), default=ROUNDS, help=f"default: {ROUNDS}")
    args = parser.parse(argv)
    if args.mjlab is not None and shutil.which(args.mjlab) is None:
        raise UserError(f"--mjlab: there is no program {args.mjlab}")
    pairs = [pair._replace(num_envs=args.num_envs or pair.num_envs) for pair in PAIRS]
    results: list[dict[str, Any]] = []
    with contextlib.nullcontext() if args.json is None else args.json.open("w") as file:
        for _ in range(args.rounds):
            for pair in dict.fromkeys(pairs):
                for known, command in programs(pair, args.mjlab):
                    results.append(known | attempt(command))
                    for output in (sys.stdout, file):
                        if output is not None:
                            print(json.dumps(results[-1]), file=output, flush=True)
    print(table(results))
    if failed := [result["failed"] for result in results if "failed" in result]:
        raise UserError(f"{len(failed)} of {len(results)} measurements failed, the last: {failed[-1]}")


def programs(pair: Pair, mjlab: Path | None) -> list[tuple[dict[str, Any], list[str]]]:
    """What is known of each measurement of a pair, and its command."""
    task, peer, num_envs = pair.own, pair.peer, pair.num_envs
    own = [sys.executable, str(HERE / "own_speed.py"), task, str(num_envs)]
    found = [({"peer": "robust_parallel", "task": task, "num_envs": num_envs}, own)]
    if mjlab is not None:  # to its environment, PYTHONPATH would bring packages of the same names
        command = ["env", "-u", "PYTHONPATH", str(mjlab), str(HERE / "mjlab_speed.py"), peer, str(num_envs)]
        found.append(({"peer": "mjlab", "task": peer, "num_envs": num_envs}, command))
    return found


def attempt(command: Sequence[str]) -> dict[str, Any]:
    """What is measured, or as `failed` why it is not."""
    try:
        return measured(command)
    except UserError as error:
        return {"failed": str(error)}


def measured(command: Sequence[str]) -> dict[str, Any]:
    """The JSON object that a program, which finds this project, prints as its last line; it does not outlive this one.

    Raises:
        UserError: it failed, and what it said last, or it took too long.
    """
    name = " ".join(command)
    path = os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH"))))
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with bound_process.begin(command, {"PYTHONPATH": path}, **streams) as process:
        try:
            output, errors = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            raise UserError(f"{name} takes longer than {LIMIT:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    lines = output.strip().splitlines()
    if process.returncode != 0 or not lines:
        raise UserError(f"{name} failed: {errors[-2000:]}")
    return parse_json(lines[-1], f"the last line of {name}")


def table(results: Sequence[dict[str, Any]]) -> str:
    """Markdown: the lowest and highest of each measurement, thousands of control steps a second."""
    groups: dict[tuple[str, str, int], list[dict[str, Any]]] = {}
    for result in results:
        groups.setdefault((result["peer"], result["task"], result["num_envs"]), []).append(result)
    lines = ["| what | robots | environment, k steps/s | training, k steps/s |", "|---|---|---|---|"]
    for (peer, task, num_envs), group in groups.items():
        done = [result for result in group if "failed" not in result]
        told = f" ({len(group) - len(done)} failed)" if len(done) < len(group) else ""
        columns = [span([result[key] for result in done]) + told for key in ("env_steps_per_s", "train_steps_per_s")]
        lines.append(f"| {peer}: `{task}` | {num_envs} | {columns[0]} | {columns[1]} |")
    return "\n".join(lines)


def span(values: Sequence[float]) -> str:
    """From the lowest to the highest, in thousands; one number where they round to the same, a dash for none."""
    if not values:
        return "-"
    low, high = (f"{value / 1000:.3g}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


if __name__ == "__main__":
    run_program(main)
