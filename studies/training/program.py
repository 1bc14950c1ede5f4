"""What the studies do once their flags are read."""

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from legged_gym.config.suggest import nearest
from legged_gym.runs.processes import check_gpus
from legged_gym.runs.slots import Slot
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_folder, write_json
from robust_parallel.cores import cpu_of_each_core
from studies.training import queue, report
from studies.training.grids import STUDIES
from studies.training.point import Point


def study(args: argparse.Namespace) -> None:
    """Train what has no result yet; then print tables, and write their numbers and figures.

    Raises:
        UserError: unknown variants or seeds, studies that do not go together, too few cores, time on shared GPUs, or a
            folder without results or with others.
    """
    studies = {name: STUDIES[name]() for name in args.studies}
    points, failed = together(studies.values()), []
    folder = args.out if args.report else output_folder(args.out)
    results = report.load(points, folder)  # one of another training would be taken for one of these
    if not args.report:
        asked = together(chosen(studies, args.variants, args.seeds).values())
        failed = queue.run(asked, results, _slots(args, asked), folder, _end(args.minutes))
        results = report.load(points, folder)
    elif not results:
        raise UserError(f"{folder} has no results of {', '.join(studies)}")
    for name, own in studies.items():
        _report(name, [results[point.name] for point in own if point.name in results], folder)
    if failed:
        names = ", ".join(point.name for point in failed)
        raise UserError(f"{len(failed)} trainings failed, see their logs in {folder}: {names}")


def _report(name: str, trainings: Sequence[dict[str, Any]], folder: Path) -> None:
    """Tables, numbers and a figure of what there is of a study, whichever of it was asked for now."""
    if not trainings:
        return
    results = report.rows(trainings)
    print(report.text(name, results))
    if begun := report.beginnings(trainings):
        print(report.beginnings_text(begun))
    write_json(folder / f"{name}.json", results, indent=1)
    report.draw(results, folder / f"{name}.png")


def chosen(
    studies: Mapping[str, Sequence[Point]], variants: Sequence[str] | None, seeds: Sequence[str] | None
) -> dict[str, list[Point]]:
    """Of each study the points of some seeds and variants, first by seed, then in the order of the variants' names.

    Args:
        studies: their points.
        variants: names; None: all.
        seeds: numbers; None: all.

    Raises:
        UserError: none of the studies has such a variant or seed.
    """
    every = [point for points in studies.values() for point in points]
    seeds = _known("seeds", seeds, [str(point.seed) for point in every])
    variants = _known("variants", variants, [point.variant for point in every])
    found: dict[str, list[Point]] = {}
    for name, points in studies.items():
        by_place = {(str(point.seed), point.variant): point for point in points}
        found[name] = [by_place[place] for place in product(seeds, variants) if place in by_place]
    return found


def together(studies: Iterable[Sequence[Point]]) -> list[Point]:
    """The points of several studies, each training once, first by seed, then by study.

    Raises:
        UserError: two that are not the same would have one file.
    """
    points: dict[str, Point] = {}
    for point in (point for study in studies for point in study):
        if points.setdefault(point.name, point) != point:
            raise UserError(f"{point.name} is not the same training in all of these studies: give each a folder")
    return sorted(points.values(), key=lambda point: point.seed)


def _known(flag: str, asked: Sequence[str] | None, names: Sequence[str]) -> list[str]:
    for name in asked or ():
        if name not in names:
            raise UserError(f"--{flag}: the study has no {name!r}{nearest(name, names)}")
    return list(dict.fromkeys(asked or names))


def _slots(args: argparse.Namespace, points: Sequence[Point]) -> list[Slot]:
    if args.cores_each:
        cores = cpu_of_each_core()
        if args.cores_each > len(cores):
            raise UserError(f"--cores_each {args.cores_each}: there are {len(cores)}")
        return queue.core_slots(cores, args.cores_each)
    gpus, each = args.gpus or ["0"], args.per_gpu or 1
    by_time = next((point for point in points if not point.samples), None)
    if each > 1 and by_time is not None:
        raise UserError(f"--per_gpu {each}: {by_time.name} is judged by the time of a GPU of its own alone")
    check_gpus(gpus)
    return queue.gpu_slots(gpus, each)


def _end(minutes: float | None) -> float | None:
    return None if minutes is None else time.monotonic() + 60.0 * minutes
