"""What `benchmark.py` does once its flags are read."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from legged_gym.runs.configure import flag_settings, place_run
from legged_gym.runs.skills import learns_skills, skill_teachers
from legged_gym.runs.speed import gpu_memory_gib, measure_env, measure_training
from legged_gym.runs.stages import STUDENT, chosen_teacher, stage_configs, stages_to_train
from legged_gym.sim.devices import use_available_cores
from legged_gym.tasks import check_task, make_env
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json
from legged_gym.utils.seeding import set_seed


def measure(args: argparse.Namespace) -> None:
    """Measure, print a table, and one JSON object as the last line."""
    for flag in ("load_run", "checkpoint", "experiment_name"):
        if getattr(args, flag) is not None:
            raise UserError(f"--{flag}: a benchmark begins anew, and keeps no run")
    if args.rl_device is not None and not args.train:
        raise UserError("--rl_device is where something is learned: add --train")
    task = check_task(args.task)
    settings = flag_settings(args, task)
    placement = place_run(args, settings)
    stage = stages_to_train(settings.train_cfg, task, None)[0]
    env_cfg, train_cfg = stage_configs(settings.env_cfg, settings.train_cfg, stage, False, None)
    teacher: Path | Mapping[str, Path] | None = None
    if args.train and stage == STUDENT:
        teacher = chosen_teacher(train_cfg, task, args.log_root)
    elif args.train and learns_skills(train_cfg):
        teacher = skill_teachers(env_cfg, train_cfg, args.log_root)
    env_cfg.sim.engine = placement.engine
    use_available_cores()
    train_cfg.seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed, train_cfg)
    physics, environment = measure_env(env)
    result: dict[str, Any] = {
        "task": task,
        "sim": placement.engine,
        "num_envs": env.num_envs,
        "physics_steps_per_s": env.num_envs / physics,
        "env_steps_per_s": env.num_envs / environment,
        "env_over_physics": physics / environment,
        "train_steps_per_s": None,
        "seconds": {"physics": physics, "environment": environment - physics},
    }
    if args.train:
        collection, learning = measure_training(env, train_cfg, placement.rl_device, teacher)
        result["train_steps_per_s"] = env.num_envs / (collection + learning)
        result["seconds"] |= {"policy": collection - environment, "learning": learning}
    result["gpu_memory_gib"] = gpu_memory_gib(env.device)
    print(_table(result))
    if args.json:
        write_json(args.json, result, indent=2)
    print(json.dumps(result))


def _table(result: dict[str, Any]) -> str:
    total = sum(result["seconds"].values())
    lines = [
        f"{result['task']} on {result['sim']}, {result['num_envs']} environments",
        f"  physics      {result['physics_steps_per_s']:>12,.0f} steps/s",
        f"  environment  {result['env_steps_per_s']:>12,.0f} steps/s   {result['env_over_physics']:.2f} of physics",
    ]
    if result["train_steps_per_s"] is not None:
        lines.append(f"  training     {result['train_steps_per_s']:>12,.0f} steps/s")
    lines += [
        f"    {name:<12}{1e3 * seconds:>9.2f} ms a step {100 * seconds / total:>5.0f} %"
        for name, seconds in result["seconds"].items()
    ]
    return "\n".join(lines)
