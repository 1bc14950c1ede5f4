"""Whether a long training grows: `python benchmarks/soak.py [--task=go2_flat --num_envs=16 --iterations=5000]`.

Trains, logs and saves as train.py does, and notes a hundred times the memory of the process (resident, and on a GPU
what is taken there, by others too: nothing else may run on it), its open files and its threads. Compares the medians of
the second and of the last fifth: the first one holds what is made once. An error tells what grew: memory by more than
2 % and 8 MiB, or files or threads at all.
"""

import json
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.overrides import read_overrides
from legged_gym.runs.speed import gpu_memory_gib
from legged_gym.runs.training import Output, train
from legged_gym.scripts.command_line import Parser, positive, run_program, whole
from legged_gym.sim.placing import place
from legged_gym.tasks import get_cfgs
from legged_gym.utils.errors import UserError
from rsl_rl.utils.writers import TensorBoardWriter, Writer

LEAST, MOST = 10, 10**9
"""Iterations: fewer have no two fifths."""
MEASUREMENTS = 100
GROWTH, NOISE = 0.02, 8.0
"""Share, and MiB, of memory that may have come; garbage collectors and allocators need some room."""


class Usage(NamedTuple):
    """What a process holds."""

    memory: float
    """Resident memory, MiB."""
    device_memory: float
    """In use on the GPU, whoever took it: PyTorch, Warp and captured graphs have pools of their own; MiB."""
    files: int
    threads: int


class UsageWriter(Writer):
    """Notes what the process holds, every so many iterations, in the place of scalars."""

    def __init__(self, measured: list[Usage], interval: int) -> None:
        self._measured, self._interval = measured, interval

    def write(self, scalars: Mapping[str, float], step: int) -> None:
        if step % self._interval == 0:
            self._measured.append(usage())

    def close(self) -> None:
        """Nothing is open."""


def usage() -> Usage:
    """What this process holds now (Linux)."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    on_device = gpu_memory_gib(torch.device("cuda" if torch.cuda.is_initialized() else "cpu")) or 0.0
    files, threads = (len(os.listdir(f"/proc/self/{what}")) for what in ("fd", "task"))
    return Usage(resident / 2**20, on_device * 2**10, files, threads)


def grown(measured: list[Usage]) -> dict[str, list[float]]:
    """What grew beyond its bounds, from the second to the last fifth of the measurements: medians by name."""
    part = len(measured) // 5
    found = {}
    for name in Usage._fields:
        values = [float(getattr(row, name)) for row in measured]
        before, after = statistics.median(values[part : 2 * part]), statistics.median(values[-part:])
        allowed = max(GROWTH * before, NOISE) if "memory" in name else 0.0
        if after - before > allowed:
            found[name] = [before, after]
    return found


def soak(task: str, num_envs: int, iterations: int, overrides: Sequence[str]) -> list[Usage]:
    """What the process held in the course of a training, on the devices that train.py would choose."""
    size = [f"env.num_envs={num_envs}", f"train.runner.max_iterations={iterations}"]
    settings = resolve_settings(*get_cfgs(task), asked=[Asked(read_overrides([*size, *overrides]))])
    placement = place(settings)
    measured: list[Usage] = []
    writer = UsageWriter(measured, max(iterations // MEASUREMENTS, 1))
    with tempfile.TemporaryDirectory() as folder:
        output = Output(Path(folder), [TensorBoardWriter, lambda *_: writer])
        train(task, settings.env_cfg, settings.train_cfg, placement, output)
    return measured


def main(argv: Sequence[str] | None = None) -> None:
    """Train, measure, judge."""
    parser = Parser("Tell whether a long training grows.")
    parser.add_argument("--task", metavar="NAME", default="go2_flat", help="task to train; default: go2_flat")
    parser.add_argument("--num_envs", metavar="N", type=positive, default=16, help="environments; default: 16")
    parser.add_argument("--iterations", metavar="N", type=whole(LEAST, MOST), default=5000, help="default: 5000")
    parser.add_argument("--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[], help="as train.py")
    args = parser.parse(argv)
    measured = soak(args.task, args.num_envs, args.iterations, args.overrides)
    first, middle, last = (measured[index]._asdict() for index in (0, len(measured) // 2, -1))
    print(
        json.dumps({"task": args.task, "iterations": args.iterations, "first": first, "middle": middle, "last": last})
    )
    if growth := grown(measured):
        raise UserError(f"it grows: {growth}")


if __name__ == "__main__":
    run_program(main)
