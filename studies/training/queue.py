"""The queue of a study's trainings: processes on GPUs, or on cores of their own; resumable."""

import sys
from collections.abc import Sequence
from pathlib import Path

from legged_gym.config.io import load_json
from legged_gym.runs.processes import Job, Queue
from legged_gym.runs.slots import Slot
from legged_gym.utils.errors import StoppedError
from robust_parallel.cores import shares
from studies.training.point import Point


def gpu_slots(gpus: Sequence[str], each: int = 1) -> list[Slot]:
    """`each` slots for each GPU, whose trainings are told with how many they share it; a second one after all first."""
    return [Slot(gpu, ("--sharing", str(each))) for _ in range(each) for gpu in gpus]


def core_slots(cores: Sequence[int], each: int) -> list[Slot]:
    """As many slots as there are, of `each` cores and without a GPU; a remainder is left idle."""
    return [Slot("", ("--cores", ",".join(map(str, share)))) for share in shares(cores, each)]


def run(points: Sequence[Point], slots: Sequence[Slot], folder: Path, until: float | None = None) -> list[Point]:
    """Train every point that has no result yet, in their order, each to a JSON file in the folder.

    What was ended before its last mark has a result of the others, which stays until it is trained again.

    A SIGINT, SIGTERM or SIGHUP goes on to the trainings that run, and no other begins. None outlives this process.

    Args:
        points: the trainings.
        slots: where they run.
        folder: of the results; `NAME.log` is what a process printed.
        until: time (`time.monotonic`) from which on none is begun; None: no end.

    Returns:
        Those that failed: their log says why. What was not begun is none of them.

    Raises:
        StoppedError: a signal ended it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    queue = Queue([_job(point, folder) for point in points if not _is_finished(point, folder)], slots, until)
    queue.run()
    if queue.stopped_by is not None:
        raise StoppedError(queue.stopped_by)
    return [point for point in points if queue.statuses.get(point.name, 0) != 0]


def result_file(folder: Path, point: Point) -> Path:
    """Where a point's result is."""
    return folder / f"{point.name}.json"


def _is_finished(point: Point, folder: Path) -> bool:
    file = result_file(folder, point)
    return file.exists() and load_json(file).get("finished", True)  # earlier versions wrote at the end alone


def _job(point: Point, folder: Path) -> Job:
    out = result_file(folder, point)
    command = [sys.executable, "-m", "studies.training.measure", "--point", point.to_json(), "--out", str(out)]
    return Job(point.name, command, out.with_suffix(".log"))
