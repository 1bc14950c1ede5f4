"""The studies as a program: `python -m studies.training STUDY --out FOLDER`."""

import argparse
import logging
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json
from robust_parallel.cores import cpu_of_each_core
from studies.training import queue, report
from studies.training.grids import STUDIES
from studies.training.point import Point


def main(argv: Sequence[str] | None = None) -> None:
    """Train what has no result yet; then print a table, and write its numbers and a figure."""
    parser = argparse.ArgumentParser(prog="python -m studies.training", description=__doc__)
    parser.add_argument("study", choices=sorted(STUDIES))
    parser.add_argument("--out", type=Path, required=True, help="folder of the results; what is there is not repeated")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--gpus", default="0", help="GPUs, each of which trains one at a time: 0,1,2,3")
    where.add_argument("--cores_each", type=int, help="train on the CPU, each training on so many cores")
    parser.add_argument("--report", action="store_true", help="train nothing; table and figure of what there is")
    parser.add_argument("--minutes", type=float, help="begin none after so long")
    parser.add_argument("--variants", type=_names, help="only these, in this order: NAME,NAME")
    parser.add_argument("--seeds", type=_names, help="only these: 1,2")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        points = chosen(STUDIES[args.study](), args.variants, args.seeds)
    except UserError as error:
        parser.error(str(error))
    failed = [] if args.report else queue.run(points, _slots(args), args.out, _end(args.minutes))
    trainings = report.load(points, args.out)
    results = report.rows(trainings)
    if results:
        print(report.text(args.study, results))
        if begun := report.beginnings(trainings):
            print(report.beginnings_text(begun))
        write_json(args.out / f"{args.study}.json", results, indent=1)
        report.draw(results, args.out / f"{args.study}.png")
    if failed:
        raise SystemExit(f"{len(failed)} trainings failed, see their logs: {', '.join(point.name for point in failed)}")


def chosen(points: Sequence[Point], variants: Sequence[str] | None, seeds: Sequence[str] | None) -> list[Point]:
    """The points of some seeds and variants, first by seed, then in the order of the variants' names; None: of all.

    Raises:
        UserError: the study has no such variant or seed.
    """
    by_place = {(str(point.seed), point.variant): point for point in points}
    seeds = _known("seeds", seeds, [seed for seed, _ in by_place])
    variants = _known("variants", variants, [variant for _, variant in by_place])
    return [by_place[place] for place in product(seeds, variants) if place in by_place]


def _known(flag: str, asked: Sequence[str] | None, names: Sequence[str]) -> list[str]:
    for name in asked or ():
        if name not in names:
            raise UserError(f"--{flag}: the study has no {name!r}{nearest(name, names)}")
    return list(dict.fromkeys(asked or names))


def _names(text: str) -> list[str]:
    return text.split(",")


def _slots(args: argparse.Namespace) -> list[queue.Slot]:
    if args.cores_each:
        return queue.core_slots(cpu_of_each_core(), args.cores_each)
    return queue.gpu_slots(args.gpus.split(","))


def _end(minutes: float | None) -> float | None:
    return None if minutes is None else time.monotonic() + 60.0 * minutes
