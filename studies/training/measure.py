"""One training, judged on the way: a process of its own, which writes one JSON file at every mark."""

import argparse
import math
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from legged_gym.config.io import class_to_dict, load_json
from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.sim.devices import use_available_cores
from legged_gym.sim.engines import MUJOCO, MUJOCO_WARP
from legged_gym.sim.placing import place
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json
from legged_gym.utils.seeding import set_seed
from rsl_rl.runners import OnPolicyRunner
from studies.training.judging import Judge
from studies.training.point import Point
from studies.training.tasks import register_tasks

LOOK = 5
"""Iterations between two looks at samples and time."""
ENGINES = {"cuda": MUJOCO_WARP, "cpu": MUJOCO}
"""By the kind of device that a training is asked to have: by `auto` it would go to the CPU where a GPU is broken."""
JUDGED_AT_FIRST = 10
"""Control steps of the trials before the first iteration, from which is seen whether trials can be made here."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--point", type=Point.from_json, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", choices=ENGINES, required=True)
    parser.add_argument("--cores", type=lambda text: {int(core) for core in text.split(",")})
    parser.add_argument("--sharing", type=int, default=1)
    args = parser.parse_args(argv)
    if args.cores:
        os.sched_setaffinity(0, args.cores)  # before threads are counted

    num_kept = _num_marks_in(args.out)
    for result in measure(args.point, args.device, args.sharing):
        if result["finished"] or _num_marks(result) >= num_kept:
            write_json(args.out, result, indent=1)


def _num_marks_in(file: Path) -> int:
    """Marks of an earlier training that was cut, which are kept until there are as many again."""
    try:
        return _num_marks(load_json(file))
    except (UserError, LookupError, TypeError):  # there is none, or none that can be read
        return 0


def _num_marks(result: dict[str, Any]) -> int:
    return sum(len(judged["marks"]) for judged in result["judged"])


def measure(point: Point, device: str = "cpu", sharing: int = 1) -> Iterator[dict[str, Any]]:
    """Train until the last mark, and judge at each.

    Args:
        point: the training.
        device: kind of device, of `ENGINES`.
        sharing: trainings that its GPU has at the same time. With others, seconds are not its own, and only samples
            are marks.

    Yields:
        After each time that marks were reached, all that is known by then: the point, what its policy could do at each
        of its marks so far, and as `trace` every few iterations samples, seconds and what tells how the learner fares.

    Raises:
        UserError: no such device can be used here.
    """
    use_available_cores()
    register_tasks()
    begun = time.monotonic()
    asked = Asked({**point.settings, "train.seed": point.seed}, source=f"the study's point {point.name}")
    settings = resolve_settings(*get_cfgs(point.task), asked=[asked])
    placement = place(settings, ENGINES[device], device)
    trained = class_to_dict({"env": settings.env_cfg, "train": settings.train_cfg})
    judge = Judge(point, trained, placement)
    settings.env_cfg.sim.engine = placement.engine
    set_seed(point.seed)
    env = make_env(point.task, settings.env_cfg, placement.sim_device, point.seed, settings.train_cfg)
    runner = make_runner(env, settings.train_cfg, None, placement.rl_device)
    judge(runner.policy.state_dict(), JUDGED_AT_FIRST)
    known: dict[str, Any] = {
        **point.identity(),
        "sharing": sharing,
        "engine": placement.engine,
        "device": _device_name(placement.sim_device),
        "num_envs": env.num_envs,
        "judged": [],
        "trace": [],
    }
    for mark, is_last in _reached(point if sharing == 1 else replace(point, seconds=()), runner, known["trace"]):
        known["judged"].append({**mark, **judge(runner.policy.state_dict())})
        yield known | {"wall_seconds": time.monotonic() - begun, "finished": is_last}
    env.close()
    judge.env.close()


def _reached(
    point: Point, runner: OnPolicyRunner, trace: list[dict[str, float | None]]
) -> Iterator[tuple[dict[str, Any], bool]]:
    """Train, and stop where marks are reached.

    Args:
        point: the training.
        runner: which trains.
        trace: that is added to.

    Yields:
        How far it is and which marks these are, and whether they are the last ones.
    """
    due = {"samples": sorted(point.samples), "seconds": sorted(point.seconds)}
    last = "seconds" if point.seconds else "samples"
    while due[last]:
        runner.learn(LOOK, init_at_random_ep_len=runner.iteration == 0)
        if runner.stopped_by is not None:  # the signal has ended `learn`, not this process
            raise SystemExit(128 + runner.stopped_by)
        now = _progress(runner)
        trace.append({**now, **_course(runner)})
        reached = [f"{mark:g} {unit}" for unit, marks in due.items() for mark in marks if now[unit] >= mark]
        due = {unit: [mark for mark in marks if now[unit] < mark] for unit, marks in due.items()}
        if reached:
            yield {"marks": reached, **now}, not due[last]


def _progress(runner: OnPolicyRunner) -> dict[str, float]:
    """How far a training is."""
    collecting, learning = (sum(column) for column in zip(*runner.timings, strict=True))
    return {
        "iteration": runner.iteration,
        "samples": runner.iteration * runner.num_steps_per_env * runner.env.num_envs,
        "seconds": collecting + learning,
        "collecting": collecting,
        "learning": learning,
    }


def _course(runner: OnPolicyRunner) -> dict[str, float | None]:
    """How a training fares: what its learner reports, and how the robots do at this moment.

    `error` is the mean velocity error, m/s, of robots that act with noise and are pushed; `age` is how long ago their
    episodes began, s: half of an episode's length where none falls. What is not finite is None.
    """
    env: Any = runner.env
    missed = torch.linalg.vector_norm(env.commands[:, :2] - env.base_lin_vel[:, :2], dim=1)
    learner = {name: float(value) for name, value in runner.algorithm.metrics().items()}
    robots = {"error": float(missed.mean()), "age": float(env.episode_length_buf.float().mean() * env.dt)}
    return {name: value if math.isfinite(value) else None for name, value in (learner | robots).items()}


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device != "cpu" else "cpu"


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
