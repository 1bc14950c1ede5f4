"""What the studies do once their flags are read."""

import argparse
import time
from collections.abc import Sequence
from itertools import product

from legged_gym.config.suggest import nearest
from legged_gym.runs.processes import Slot, check_gpus
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder, write_json
from robust_parallel.cores import cpu_of_each_core
from studies.training import queue, report
from studies.training.grids import STUDIES
from studies.training.point import Point


def study(args: argparse.Namespace) -> None:
    """Train what has no result yet; then print a table, and write its numbers and a figure.

    Raises:
        UserError: unknown variants or seeds, too few cores, or a folder without results or with others.
    """
    points = chosen(STUDIES[args.study](), args.variants, args.seeds)
    folder = args.out if args.report else output_folder(args.out)
    report.load(points, folder)  # a result of another training would be taken for one of these
    failed = [] if args.report else queue.run(points, _slots(args), folder, _end(args.minutes))
    trainings = report.load(points, folder)
    if trainings:
        results = report.rows(trainings)
        print(report.text(args.study, results))
        if begun := report.beginnings(trainings):
            print(report.beginnings_text(begun))
        write_json(folder / f"{args.study}.json", results, indent=1)
        report.draw(results, folder / f"{args.study}.png")
    elif args.report:
        raise UserError(f"{folder} has no results of {args.study}")
    if failed:
        names = ", ".join(point.name for point in failed)
        raise UserError(f"{len(failed)} trainings failed, see their logs in {folder}: {names}")


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


def _slots(args: argparse.Namespace) -> list[Slot]:
    if args.cores_each:
        cores = cpu_of_each_core()
        if args.cores_each > len(cores):
            raise UserError(f"--cores_each {args.cores_each}: there are {len(cores)}")
        return queue.core_slots(cores, args.cores_each)
    gpus = args.gpus or ["0"]
    check_gpus(gpus)
    return queue.gpu_slots(gpus)


def _end(minutes: float | None) -> float | None:
    return None if minutes is None else time.monotonic() + 60.0 * minutes
