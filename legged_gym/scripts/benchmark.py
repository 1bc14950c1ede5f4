"""How fast a task runs here: `python legged_gym/scripts/benchmark.py --task=NAME [--num_envs N] [--train]`.

Physics and environment are measured in turns, on the same states: a block of environment steps under random actions is
timed, then the engine is put back to the block's beginning and the same joint targets go through the bare substeps.
"""

import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch

from legged_gym.envs import TASKS, LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfgPPO
from legged_gym.utils.cli import benchmark_parser, check_task, run_program
from legged_gym.utils.configure import apply_flags, place
from legged_gym.utils.devices import available_cores
from legged_gym.utils.seeding import set_seed
from legged_gym.utils.task_registry import get_cfgs, make_env, make_runner

BLOCKS = 6
"""Pairs of blocks that are timed; the medians are reported."""
BLOCK_STEPS = {"cpu": 25, "cuda": 100}
"""Control steps of a block."""
WARM_UP_STEPS = 50
TRAIN_ITERATIONS = {"cpu": 4, "cuda": 20}


def main() -> None:
    """Measure, print a table, and one JSON object as the last line."""
    args = benchmark_parser().parse()
    task = check_task(args.task, TASKS)
    env_cfg, train_cfg = get_cfgs(task)
    placement = place(args, env_cfg, apply_flags(args, env_cfg, train_cfg))
    env_cfg.sim.engine = placement.engine
    torch.set_num_threads(available_cores())
    train_cfg.seed = set_seed(train_cfg.seed)
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed)
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
        collection, learning = measure_training(env, train_cfg, placement.rl_device)
        steps = train_cfg.runner.num_steps_per_env
        result["train_steps_per_s"] = env.num_envs * steps / (collection + learning)
        result["seconds"] |= {"policy": collection / steps - environment, "learning": learning / steps}
    if env.device.type == "cuda":
        free, total = torch.cuda.mem_get_info(env.device)
        result["gpu_memory_gib"] = (total - free) / 2**30
    print(_table(result))
    if args.json:
        Path(args.json).write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result))


@torch.inference_mode()
def measure_env(env: LeggedRobot) -> tuple[float, float]:
    """Median seconds of a control step of all environments: bare physics, and the whole environment."""
    block = BLOCK_STEPS[env.device.type]
    actions = torch.randn(block, env.num_envs, env.num_actions, device=env.device)
    for step in range(WARM_UP_STEPS):
        env.step(actions[step % block])
    everyone = torch.ones(env.num_envs, dtype=torch.bool, device=env.device)
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(BLOCKS):
        state = [tensor.clone() for tensor in (env.root_states, env.dof_pos, env.dof_vel)]
        start = _now(env.device)
        for action in actions:
            env.step(action)
        seconds["environment"].append(_now(env.device) - start)
        after = [tensor.clone() for tensor in (env.root_states, env.dof_pos, env.dof_vel)]
        env.sim.reset(everyone, *state)
        start = _now(env.device)
        for _ in range(block):
            env.sim.step_physics()
        seconds["physics"].append(_now(env.device) - start)
        env.sim.reset(everyone, *after)
    physics, environment = (sorted(seconds[name])[BLOCKS // 2] / block for name in ("physics", "environment"))
    return physics, environment


def measure_training(env: LeggedRobot, train_cfg: LeggedRobotCfgPPO, device: str) -> tuple[float, float]:
    """Median seconds of collecting one iteration's steps, and of learning from them."""
    runner = make_runner(env, train_cfg, None, device)
    iterations = TRAIN_ITERATIONS[env.device.type]
    runner.learn(iterations)
    half = runner.timings[iterations // 2 :]
    return tuple(sorted(column)[len(half) // 2] for column in zip(*half, strict=True))  # type: ignore[return-value]


def _now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


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


if __name__ == "__main__":
    run_program(main)
