"""Trainings of one task with several seeds, each in a process of its own."""

import argparse
import glob
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from legged_gym.config.layers import DEFAULT, Settings
from legged_gym.runs.configure import chosen_task, flag_settings
from legged_gym.runs.processes import Job, Queue, visible_gpus
from legged_gym.runs.skills import scan_dir
from legged_gym.runs.slots import Slot
from legged_gym.sim.devices import Placement
from legged_gym.task_names import ENTRY_POINTS, offered
from legged_gym.utils.errors import StoppedError, UserError
from robust_parallel.processes import place_of_process

PROGRAM = "legged_gym.scripts.train"
"""What trains one seed, for `python -m`."""

logger = logging.getLogger(__name__)


def check_seeds(settings: Settings, args: argparse.Namespace) -> None:
    """Refuse what contradicts several seeds.

    Raises:
        UserError: something does.
    """
    if args.seeds is None:
        if args.per_gpu is not None:
            raise UserError("--per_gpu is of several trainings, with --seeds")
        return
    if settings.train_cfg.runner.resume or settings.source("train.seed") != DEFAULT:
        other = "--resume" if settings.train_cfg.runner.resume else "--seed"
        raise UserError(f"--seeds begins trainings with seeds of its own: leave {other} out")
    if args.run_name is None and settings.source("train.runner.run_name") != DEFAULT:
        raise UserError("--seeds names each run: use --run_name in the place of --set train.runner.run_name")
    task = chosen_task(args)
    if task not in offered():
        raise UserError(
            f"--seeds: each training is a process of its own, and only this one knows the task {task!r}: offer it by "
            f"an entry point of the group {ENTRY_POINTS} (docs/robots.md), or train with one --seed after the other"
        )
    if len(args.seeds) > 1 and scan_dir(settings.train_cfg):
        raise UserError(
            "--seeds: trainings that share train.pretrain_dataset.scan_dir learn from each other's students: begin "
            "each by itself, with a folder and collectors of its own"
        )
    longest = argparse.Namespace(**{**vars(args), "run_name": _run_name(args, max(args.seeds))})
    flag_settings(longest, task)  # may be no name of a folder any more
    if place_of_process().world_size > 1:
        raise UserError("--seeds: start it without torchrun, it has a process a GPU of its own")


def seed_slots(args: argparse.Namespace, placement: Placement) -> list[Slot]:
    """What trains at the same time: a GPU each, or some that share one; one, if it is on the CPU or a device was named.

    Raises:
        UserError: a GPU is to be shared, and a training on the CPU has none.
    """
    each = args.per_gpu or 1
    if placement.sim_device == "cpu":
        if args.per_gpu is not None:
            raise UserError("--per_gpu: these trainings are on the CPU")
        return [Slot()]
    if args.sim_device is not None or args.rl_device is not None:
        return [Slot()] * each
    import torch

    return [Slot(gpu) for _ in range(each) for gpu in visible_gpus(torch.cuda.device_count())]


def train_seeds(
    args: argparse.Namespace,
    flags: Sequence[str],
    task: str,
    experiment: str,
    slots: Sequence[Slot],
    begins_with: Mapping[int, Path | None],
) -> None:
    """Train with each seed, in processes of their own, each of which reads the flags.

    Args:
        args: what they were read as.
        flags: of the command line.
        task: its name.
        experiment: folder of its runs.
        slots: where they train.
        begins_with: of each seed the run whose weights it begins with, if it is that of the same seed.

    Raises:
        StoppedError: a signal ended the trainings before their time.
        SystemExit: with the status of the first training that failed.
    """
    own = _without(flags, ("--seeds", "--per_gpu", "--run_name"))
    command = [sys.executable, "-m", PROGRAM, *own]
    jobs = [Job(f"seed {seed}", [*command, *_of_seed(args, seed, begins_with.get(seed))]) for seed in args.seeds]
    if strange := [str(seed) for seed, run in begins_with.items() if run is None]:
        logger.warning(
            "seeds that nothing to begin with was trained with: %s; they begin with the weights of the newest run",
            ", ".join(strange),
        )  # fmt: skip

    def runs_begun() -> set[Path]:
        return {*(args.log_root / experiment).glob(f"*_{glob.escape(_run_name(args, args.seeds[0]))}*")}

    before = runs_begun()
    queue = Queue(jobs, slots, has_begun=lambda: runs_begun() != before)
    queue.run()
    done = [seed for seed in sorted(args.seeds) if queue.statuses.get(f"seed {seed}") == 0]
    failed = {name: status for name, status in queue.statuses.items() if status != 0}
    if done:
        judged = f"evaluate.py --task={task} --log_root={args.log_root} --seeds {','.join(map(str, done))}"
        logger.info("trained: seeds %s; judge them together with %s", ", ".join(map(str, done)), judged)
    if queue.stopped_by is not None:
        raise StoppedError(queue.stopped_by)
    if failed:
        if len(failed) == 1 < len(jobs) and not done and len(queue.statuses) == 1:
            logger.error("the others are not begun: they would fail alike")
            raise SystemExit(next(iter(failed.values())))
        told = ", ".join(f"{name} (status {status})" for name, status in failed.items())
        logger.error("%d of %d trainings failed: %s", len(failed), len(jobs), told)
        raise SystemExit(next(iter(failed.values())))


def _of_seed(args: argparse.Namespace, seed: int, run: Path | None) -> list[str]:
    """The flags of one training, beside those of all."""
    return [f"--seed={seed}", f"--run_name={_run_name(args, seed)}", *([] if run is None else [f"--load_run={run}"])]


def _run_name(args: argparse.Namespace, seed: int) -> str:
    return f"{args.run_name}_seed_{seed}" if args.run_name else f"seed_{seed}"


def _without(flags: Sequence[str], names: Sequence[str]) -> list[str]:
    """Flags without some that take a value, in either form."""
    kept: list[str] = []
    is_value = False
    for flag in flags:
        if not is_value and flag.partition("=")[0] not in names:
            kept.append(flag)
        is_value = not is_value and flag in names
    return kept
