"""The studies as a program: `python -m studies.training STUDY --out FOLDER`."""

import argparse
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from robust_parallel.cores import cpu_of_each_core
from studies.training import queue
from studies.training.grids import STUDIES


def main(argv: Sequence[str] | None = None) -> None:
    """Train what has no result yet."""
    parser = argparse.ArgumentParser(prog="python -m studies.training", description=__doc__)
    parser.add_argument("study", choices=sorted(STUDIES))
    parser.add_argument("--out", type=Path, required=True, help="folder of the results; what is there is not repeated")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--gpus", default="0", help="GPUs, each of which trains one at a time: 0,1,2,3")
    where.add_argument("--cores_each", type=int, help="train on the CPU, each training on so many cores")
    parser.add_argument("--minutes", type=float, help="begin none after so long")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    slots = queue.gpu_slots(args.gpus.split(","))
    if args.cores_each:
        slots = queue.core_slots(cpu_of_each_core(), args.cores_each)
    until = None if args.minutes is None else time.monotonic() + 60.0 * args.minutes
    failed = queue.run(STUDIES[args.study](), slots, args.out, until)
    if failed:
        raise SystemExit(f"{len(failed)} trainings failed, see their logs: {', '.join(point.name for point in failed)}")
