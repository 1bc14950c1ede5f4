"""What a folder of trajectories carries: collectors that record as fast as a GPU would, and a trainer that reads them.

    python benchmarks/trajectory_folder.py --collectors 1 2 3 6 --robots 256 --seconds 30

Each collector is a process that writes a rollout of 40 steps with images of 48 x 64 at 10 Hz once a period, in which a
GPU would make it. The trainer is this process; it reads all of them into its rollouts, and learns nothing.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from legged_gym.config.quantities import Duration
from legged_gym.scripts.command_line import Parser, quantity, run_program, whole
from legged_gym.utils.errors import UserError
from rsl_rl.storage import SequenceStorage
from rsl_rl.storage.feeds import ScanFeed
from rsl_rl.storage.trajectories import schema_of
from rsl_rl.storage.trajectory_folder import Recorder, TrajectoryFolder

STEPS, HELD, ACTIONS = 40, 5, 12
WIDTHS = {"proprioception": 48, "depth": 48 * 64}
QUOTA = 2**31


def make_storage(robots: int) -> SequenceStorage:
    """A rollout, and the GRU's state before it."""
    return SequenceStorage(STEPS, robots, WIDTHS, ACTIONS, (torch.zeros(1, robots, 256),))


def record(folder: Path, robots: int, period: float) -> None:
    """Write rollout after rollout, for ever."""
    torch.set_num_threads(1)
    storage = make_storage(robots)
    rollout = storage.rollout
    rollout.obs["proprioception"].normal_()
    rollout.obs["depth"].copy_((torch.rand(STEPS // HELD, robots, 48 * 64) - 0.5).repeat_interleave(HELD, dim=0))
    recorder = Recorder(TrajectoryFolder(folder, schema_of(storage, None, {})), QUOTA)
    due = time.monotonic()
    while True:
        recorder.write(storage, 0)
        due += period
        time.sleep(max(due - time.monotonic(), 0.0))


def measure(collectors: int, robots: int, period: float, seconds: float) -> tuple[float, int]:
    """Steps a second that a trainer gets, from the first rollout on, and files that were no good."""
    torch.set_num_threads(1)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as place:
        storage = make_storage(robots)
        folder = TrajectoryFolder(place, schema_of(storage, None, {}))
        feed = ScanFeed(folder, keep_latest=16 * robots, max_uses=1, patience=120.0)
        workers = [
            spawn.Process(target=record, args=(Path(place), robots, period), daemon=True) for _ in range(collectors)
        ]
        for worker in workers:
            worker.start()
        try:
            while len({name.split("-")[-2] for name in folder.names()}) < collectors:
                time.sleep(0.1)
            feed.fill(storage, lambda: False)
            began, before = time.monotonic(), feed.num_files
            while time.monotonic() < began + seconds:
                feed.fill(storage, lambda: False)
                feed.discard()
            files, passed = feed.num_files - before, time.monotonic() - began
        finally:
            for worker in workers:
                worker.terminate()
                worker.join()
    return files * robots * STEPS / passed, folder.num_bad


def main(argv: Sequence[str] | None = None) -> None:
    """Measure each number of collectors, and print a table."""
    parser, seconds = Parser("Measure what a folder of trajectories carries."), quantity(Duration, "s")
    parser.add_argument(
        "--collectors", metavar="N", nargs="+", type=whole(1, 1000), default=[1, 2, 3, 6], help="default: 1 2 3 6"
    )
    parser.add_argument("--robots", metavar="N", type=whole(1, 10_000), default=256, help="of each; default: 256")
    parser.add_argument("--period", metavar="S", type=seconds, default=2.0, help="of a rollout; default: 2 s")
    parser.add_argument("--seconds", metavar="S", type=seconds, default=30.0, help="to measure for; default: 30 s")
    args = parser.parse(argv)
    one = 0.0
    for collectors in args.collectors:
        rate, bad = measure(collectors, args.robots, args.period, args.seconds)
        if not rate:
            raise UserError(f"no rollout came in {args.seconds:g} s: measure for longer than --period")
        one = one or rate / collectors
        print(f"{collectors} collectors: {rate:,.0f} steps/s, {rate / one:.2f} of one; {bad} bad files", flush=True)


if __name__ == "__main__":
    run_program(main)
