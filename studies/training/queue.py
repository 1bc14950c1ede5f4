"""The queue of a study's trainings: processes on GPUs, or on cores of their own; resumable."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from legged_gym.runs.processes import Job, Queue
from legged_gym.runs.slots import Slot
from legged_gym.utils.errors import StoppedError
from robust_parallel.cores import shares
from studies.training.point import Point

ALLOWANCE = {"cuda": 600.0, "cpu": 1800.0}
"""Longest time for what is not on a training's clock, s: starting, kernels, judging; by kind of device."""
SLOWEST = {"cuda": 2.0e4, "cpu": 1.0e3}
"""Samples a second that any training makes, if nothing hangs: a third or less of the least known."""


def gpu_slots(gpus: Sequence[str], each: int = 1) -> list[Slot]:
    """`each` slots for each GPU, whose trainings are told with how many they share it; a second one after all first."""
    return [Slot(gpu, ("--device", "cuda", "--sharing", str(each))) for _ in range(each) for gpu in gpus]


def core_slots(cores: Sequence[int], each: int) -> list[Slot]:
    """As many slots as there are, of `each` cores and without a GPU; a remainder is left idle."""
    return [Slot("", ("--device", "cpu", "--cores", ",".join(map(str, share)))) for share in shares(cores, each)]


def run(
    points: Sequence[Point],
    results: Mapping[str, Mapping[str, Any]],
    slots: Sequence[Slot],
    folder: Path,
    until: float | None = None,
) -> list[Point]:
    """Train every point that has no result yet, in their order, each to a JSON file in the folder.

    What was ended before its last mark has a result of the others, which stays until it has as many again.

    A SIGINT, SIGTERM or SIGHUP goes on to the trainings that run, and no other begins. None outlives this process, nor
    a limit of several times what a training takes.

    Args:
        points: the trainings.
        results: those that there are, by the names of their points.
        slots: where they run, either all on GPUs or all on the CPU.
        folder: of the results; `NAME.log` is what a process printed.
        until: time (`time.monotonic`) from which on none is begun; None: no end.

    Returns:
        Those that failed: their log says why. What was not begun is none of them.

    Raises:
        StoppedError: a signal ended it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting = [point for point in points if not _is_finished(results.get(point.name), slots)]
    queue = Queue([_job(point, folder, slots) for point in waiting], slots, until)
    queue.run()
    if queue.stopped_by is not None:
        raise StoppedError(queue.stopped_by)
    return [point for point in points if queue.statuses.get(point.name, 0) != 0]


def result_file(folder: Path, point: Point) -> Path:
    """Where a point's result is."""
    return folder / f"{point.name}.json"


def _is_finished(result: Mapping[str, Any] | None, slots: Sequence[Slot]) -> bool:
    """Whether a training came to its end, on the kind of device that is asked for."""
    if result is None or (result["device"] == "cpu") != (_kind(slots) == "cpu"):
        return False
    return result.get("finished", True)  # earlier versions wrote at the end alone


def _job(point: Point, folder: Path, slots: Sequence[Slot]) -> Job:
    out = result_file(folder, point)
    command = [sys.executable, "-m", "studies.training.measure", "--point", point.to_json(), "--out", str(out)]
    return Job(point.name, command, out.with_suffix(".log"), _limit(point, slots))


def _limit(point: Point, slots: Sequence[Slot]) -> float:
    """Longest time of a training, s."""
    kind = _kind(slots)
    sharing = len(slots) // len({slot.gpu for slot in slots}) if kind == "cuda" else 1
    if point.seconds and sharing == 1:
        return ALLOWANCE[kind] + 2.0 * max(point.seconds)
    return ALLOWANCE[kind] + sharing * max(point.samples) / SLOWEST[kind]


def _kind(slots: Sequence[Slot]) -> str:
    return "cuda" if slots[0].gpu else "cpu"
