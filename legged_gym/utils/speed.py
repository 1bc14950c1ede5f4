"""Timing physics, environment and training side by side.

Physics and environment are measured in turns, on the same states: a block of environment steps under random actions is
timed, then the engine is put back to the block's beginning and its bare substeps are timed.
"""

import time
from collections import defaultdict

import torch

from legged_gym.envs import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfgPPO
from legged_gym.utils.task_registry import make_runner

BLOCKS = 6
"""Pairs of blocks that are timed; the medians are reported."""
BLOCK_STEPS = {"cpu": 25, "cuda": 100}
"""Control steps of a block."""
WARM_UP_STEPS = 50
TRAIN_ITERATIONS = {"cpu": 4, "cuda": 20}


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


def gpu_memory_gib(device: torch.device) -> float | None:
    """GPU memory in use by all processes, GiB; None on a CPU."""
    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return (total - free) / 2**30
