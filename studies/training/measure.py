"""One training, judged on the way: a process of its own, which writes one JSON file."""

import argparse
import copy
import gc
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from legged_gym.config.io import class_to_dict
from legged_gym.config.layers import Asked, Settings, resolve_settings
from legged_gym.evaluation.summary import summarize
from legged_gym.evaluation.trials import evaluation_settings, run_trials
from legged_gym.runs.configure import unlearning
from legged_gym.sim.devices import Placement, use_available_cores
from legged_gym.sim.placing import place
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.terrain.columns import column_types
from legged_gym.utils.outputs import write_json
from legged_gym.utils.seeding import set_seed
from rsl_rl.runners import OnPolicyRunner
from studies.training.point import Point
from studies.training.tasks import register_tasks

LOOK = 5
"""Iterations between two looks at samples and time."""
JUDGING_SEED = 1000
"""Of the map and the trials that all policies are judged on; none is trained with it."""
TRIALS = 20
"""Of each terrain type and level."""

State = dict[str, torch.Tensor]
"""Weights of a policy."""


def main(argv: Sequence[str] | None = None) -> None:
    """Train, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--point", type=Point.from_json, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cores", type=lambda text: {int(core) for core in text.split(",")})
    args = parser.parse_args(argv)
    if args.cores:
        os.sched_setaffinity(0, args.cores)  # before threads are counted

    write_json(args.out, measure(args.point), indent=1)


def measure(point: Point) -> dict[str, Any]:
    """The point, and what its policy could do after each of its samples and seconds."""
    use_available_cores()
    register_tasks()
    asked = Asked({**point.settings, "train.seed": point.seed}, source=f"the study's point {point.name}")
    settings = resolve_settings(*get_cfgs(point.task), asked=[asked])
    placement = place(settings)
    trained = class_to_dict({"env": settings.env_cfg, "train": settings.train_cfg})
    settings.env_cfg.sim.engine = placement.engine
    begun = time.monotonic()
    training, states = _train(point, settings, placement)
    return {
        "variant": point.variant,
        "task": point.task,
        "seed": point.seed,
        "settings": dict(point.settings),
        "engine": placement.engine,
        "device": _device_name(placement.sim_device),
        "wall_seconds": time.monotonic() - begun,
        "judged": [{**mark, **_judge(point, trained, placement, state)} for mark, state in states],
        **training,
    }


def _train(
    point: Point, settings: Settings, placement: Placement
) -> tuple[dict[str, Any], list[tuple[dict[str, Any], State]]]:
    """Train until the last mark.

    Returns:
        Number of robots, and as `trace` every few iterations samples, seconds and what tells how the learner fares;
        and for each time that marks were reached which ones, and the weights of then.
    """
    set_seed(point.seed)
    env = make_env(point.task, settings.env_cfg, placement.sim_device, point.seed, settings.train_cfg)
    runner = make_runner(env, settings.train_cfg, None, placement.rl_device)
    due = {"samples": sorted(point.samples), "seconds": sorted(point.seconds)}
    states: list[tuple[dict[str, Any], State]] = []
    trace: list[dict[str, float]] = []
    while any(due.values()):
        runner.learn(LOOK, init_at_random_ep_len=runner.iteration == 0)
        if runner.stopped_by is not None:  # the signal has ended `learn`, not this process
            raise SystemExit(128 + runner.stopped_by)
        now = _progress(runner)
        trace.append({**now, **_course(runner)})
        reached = [f"{mark:g} {unit}" for unit, marks in due.items() for mark in marks if now[unit] >= mark]
        due = {unit: [mark for mark in marks if now[unit] < mark] for unit, marks in due.items()}
        if reached:
            states.append(({"marks": reached, **now}, copy.deepcopy(runner.policy.state_dict())))
    env.close()
    return {"num_envs": env.num_envs, "trace": trace}, states


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


def _course(runner: OnPolicyRunner) -> dict[str, float]:
    """How a training fares: what its learner reports, and how the robots do at this moment.

    `error` is the mean velocity error, m/s, of robots that act with noise and are pushed; `age` is how long ago their
    episodes began, s: half of an episode's length where none falls.
    """
    env: Any = runner.env
    missed = torch.linalg.vector_norm(env.commands[:, :2] - env.base_lin_vel[:, :2], dim=1)
    learner = {name: float(value) for name, value in runner.algorithm.metrics().items()}
    return learner | {"error": float(missed.mean()), "age": float(env.episode_length_buf.float().mean() * env.dt)}


def _judge(point: Point, trained: dict[str, Any], placement: Placement, state: State) -> dict[str, Any]:
    """What a policy can do, on a map that no policy was trained on."""
    gc.collect()  # CUDA graphs of the training must not be freed while those of the judging are captured
    terrain = trained["env"]["terrain"]
    if terrain["mesh_type"] == "plane":
        count = point.trials
    else:
        kinds = set(column_types(terrain["terrain_proportions"], terrain["num_cols"]))
        count = terrain["num_rows"] * len(kinds) * TRIALS
    settings = resolve_settings(
        *get_cfgs(point.task),
        trained,
        lambda env_cfg, train_cfg: {**unlearning(train_cfg), **evaluation_settings(env_cfg)},
        [Asked({"env.num_envs": count}, source="the judging")],
    )
    settings.env_cfg.sim.engine = placement.engine
    set_seed(JUDGING_SEED)
    env = make_env(point.task, settings.env_cfg, placement.sim_device, JUDGING_SEED, settings.train_cfg)
    runner = make_runner(env, settings.train_cfg, None, placement.rl_device)
    runner.policy.load_state_dict(state)
    set_seed(JUDGING_SEED)
    summary = summarize(env, run_trials(env, runner.get_inference_policy(placement.sim_device)))
    env.close()
    return summary


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device != "cpu" else "cpu"


if __name__ == "__main__":
    main()
