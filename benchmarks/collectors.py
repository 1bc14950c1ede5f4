"""What a trainer gets of real collectors: train.py and N collect.py, each with cores or a GPU of its own.

    python benchmarks/collectors.py --collectors 1 3 --robots 64 --seconds 120 --cores_each 8 --sim mujoco --set ...

Each number of collectors has a training of its own, which begins anew in a folder that is gone afterwards. An iteration
learns from as many trajectories as a collector has robots, each once. Measured is from when every collector has
written a rollout and the trainer has learned from one. trajectory_folder.py measures the folder alone.
"""

import sys
from pathlib import Path

if __name__ == "__main__":  # before what is beside it is imported
    sys.path.append(str(Path(__file__).resolve().parents[1]))

import argparse
import json
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, NoReturn

from benchmarks.children import Children, Place, places
from legged_gym.config.quantities import Duration
from legged_gym.scripts.command_line import (
    Parser,
    check_task_name,
    engine_name,
    gpu_numbers,
    positive,
    quantity,
    run_program,
    whole,
)
from legged_gym.utils.errors import StoppedError, UserError
from legged_gym.utils.outputs import output_file
from rsl_rl.runners.skill_distillation_runner import STUDENT_KEYS
from rsl_rl.storage.trajectory_folder import SCHEMA_FILE, TrajectoryFolder
from rsl_rl.utils.signals import stop_on_signals

BEGUN_WITHIN = 900.0
"""Longest time until the trainer's first checkpoint, and then until all are at work, s: kernels are compiled."""
TRAINER = "trainer"
FLAGS = ("task", "robots", "seconds", "cores_each", "gpus", "sim", "overrides")
"""Those that results are told with."""
MEASURED = (
    "{collectors} collectors: {recorded_steps_per_s:,.0f} steps/s recorded, {recorded_of_one:.2f} of one; "
    "{learned_steps_per_s:,.0f} learned, {learned_of_one:.2f} of one"
)
FAILED = "{collectors} collectors: {failed}"
"""What is printed of a result."""


class Meter:
    """Rollouts that came into a folder of trajectories, and that were learned from, and when."""

    def __init__(self, folder: TrajectoryFolder) -> None:
        self._folder = folder
        self.marks: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
        """Time and count of each change, by who made it."""

    def look(self) -> None:
        """Take note of what is new."""
        now = time.monotonic()
        for name in self._folder.names():
            *_, collector, number = Path(name).stem.split("-")
            self.note(collector, int(number) + 1, now)
        if (student := self._folder.newest_student(STUDENT_KEYS)) is not None:
            self.note(TRAINER, student["iteration"], now)

    def note(self, name: str, count: int, now: float) -> None:
        """Take note of a count, if it is more than the last one."""
        if not self.marks[name] or self.marks[name][-1][1] < count:
            self.marks[name].append((now, count))

    @property
    def collectors(self) -> set[str]:
        """Those that have written something."""
        return set(self.marks) - {TRAINER}

    def rate(self, name: str, since: float) -> float:
        """Rollouts a second, from the first to the last change since a time.

        Raises:
            UserError: there were less than two.
        """
        marks = [mark for mark in self.marks[name] if mark[0] >= since]
        if len(marks) < 2:
            raise UserError(f"{name}: less than two rollouts were done while it was measured: add --seconds")
        (first, before), (last, after) = marks[0], marks[-1]
        return (after - before) / (last - first)


def commands(args: argparse.Namespace, logs: Path, scanned: Path) -> tuple[list[str], list[str]]:
    """Those of the trainer and of a collector."""
    common = [f"--task={args.task}", f"--log_root={logs}", "--headless"]
    common += [] if args.sim is None else [f"--sim={args.sim}"]
    data = {"scan_dir": scanned, "num_trajectories": args.robots, "keep_latest": 16 * args.robots, "max_uses": 1}
    settings = [*(f"train.pretrain_dataset.{name}={value}" for name, value in data.items()), *args.overrides]
    train = [*common, "--max_iterations=1000000", *(f"--set={setting}" for setting in settings)]
    program = [sys.executable, "-m"]
    return (
        [*program, "legged_gym.scripts.train", *train],
        [*program, "legged_gym.scripts.collect", *common, f"--num_envs={args.robots}"],
    )


def begin(args: argparse.Namespace, children: Children, where: Sequence[Place], temporary: Path) -> Meter:
    """Begin a trainer and collectors, and come back when all are at work.

    Raises:
        UserError: one of them ended, or they take too long.
    """
    logs, scanned = temporary / "logs", temporary / "scanned"
    train, collect = commands(args, logs, scanned)
    children.begin(TRAINER, train, where[0])
    for _ in children.watch(BEGUN_WITHIN):
        if any(logs.glob("*/*/model_0.pt")):
            break
    else:
        raise UserError(f"the trainer wrote no checkpoint within {BEGUN_WITHIN:g} s")
    for number, place in enumerate(where[1:], start=1):
        children.begin(f"collector {number}", collect, place)
    meter = Meter(TrajectoryFolder(scanned, json.loads((scanned / SCHEMA_FILE).read_text()), make=False))
    for _ in children.watch(BEGUN_WITHIN):
        meter.look()
        if len(meter.collectors) == len(where) - 1 and len(meter.marks[TRAINER]) > 1:
            return meter
    raise UserError(f"trainer and collectors were not all at work within {BEGUN_WITHIN:g} s")


def measure(args: argparse.Namespace, where: Sequence[Place]) -> dict[str, float]:
    """Steps a second that came into the folder, and that the trainer took.

    Raises:
        UserError: a process ended, or too little came.
    """
    with tempfile.TemporaryDirectory() as temporary, Children(Path(temporary)) as children:
        meter = begin(args, children, where, Path(temporary))
        since = time.monotonic()
        for _ in children.watch(args.seconds):
            meter.look()
        steps = args.robots * json.loads(Path(temporary, "scanned", SCHEMA_FILE).read_text())["num_steps"]
    recorded = sum(meter.rate(name, since) for name in meter.collectors)
    return {"recorded_steps_per_s": steps * recorded, "learned_steps_per_s": steps * meter.rate(TRAINER, since)}


def row(count: int, rates: dict[str, float], one: dict[str, float]) -> dict[str, float]:
    """A result: rates, and how many times as much they are as those of one collector."""
    ratios = {f"{name.partition('_')[0]}_of_one": rate / one[name] for name, rate in rates.items()}
    return {"collectors": count, **rates, **ratios}


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each number of collectors, and tell each result as it comes.

    Raises:
        UserError: some could not be measured.
    """
    args = make_parser().parse(argv)
    where = places(1 + max(args.collectors), args.cores_each, args.gpus)
    failed: list[str] = []
    one: dict[str, float] = {}
    with stop_on_signals(stop, "now"), nullcontext() if args.json is None else args.json.open("w") as file:
        for count in args.collectors:
            result: dict[str, Any]
            try:
                rates = measure(args, where[: 1 + count])
                one = one or {name: rate / count for name, rate in rates.items()}
                result = row(count, rates, one)
            except UserError as error:
                result = {"collectors": count, "failed": str(error)}
                failed.append(str(error))
            print((FAILED if "failed" in result else MEASURED).format(**result), flush=True)
            if file is not None:
                flags = {name: getattr(args, name) for name in FLAGS}
                print(json.dumps(flags | result), file=file, flush=True)
    if failed:
        raise UserError(f"{len(failed)} of {len(args.collectors)} measurements failed, the last: {failed[-1]}")


def stop(number: int) -> NoReturn:
    """End at a signal; what was begun ends on the way."""
    raise StoppedError(number)


def make_parser() -> Parser:
    """The flags."""
    parser, seconds = Parser("Measure what a trainer gets of real collectors."), quantity(Duration, "s")
    parser.add_argument("--task", metavar="NAME", default="a1_distill", help="default: a1_distill")
    parser.add_argument(
        "--collectors", metavar="N", nargs="+", type=whole(1, 1000), default=[1, 3], help="default: 1 3"
    )
    parser.add_argument("--robots", metavar="N", type=whole(1, 10_000), default=64, help="of each; default: 64")
    parser.add_argument("--seconds", metavar="S", type=seconds, default=120.0, help="to measure for; default: 120 s")
    parser.add_argument("--cores_each", metavar="N", type=positive, help="physical cores of each; default: all share")
    parser.add_argument("--gpus", metavar="0,1,...", type=gpu_numbers, help="the trainer's, then the collectors'")
    parser.add_argument("--sim", metavar="ENGINE", type=engine_name, help="as train.py")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write each result as it comes, a line each")
    parser.add_argument("--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[], help="as train.py")
    parser.checks.append(check_task_name)
    return parser


if __name__ == "__main__":
    run_program(main)
