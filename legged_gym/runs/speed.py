"""Timing physics, environment and training.

Physics is timed inside the environment's steps, so that both figures are of the same states: the engine's bare substeps
against the whole step around them.
"""

import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfgPPO
from legged_gym.tasks import make_runner
from rsl_rl.runners import SkillDistillationRunner, TeacherStudentRunner
from rsl_rl.utils.timer import PhaseTimer

WARM_UP_STEPS = 50
STEPS = {"cpu": 100, "cuda": 500}
"""Control steps that are timed, under random actions."""
LEAST_STEPS = 10
TRAIN_ITERATIONS = {"cpu": 4, "cuda": 20}


@torch.inference_mode()
def measure_env(env: LeggedRobot, budget: float = math.inf) -> tuple[float, float]:
    """Median seconds of a control step of all environments: bare physics, and the whole environment.

    Args:
        env: the environment.
        budget: fewer steps are timed where they would take longer, s.
    """
    actions = torch.randn(WARM_UP_STEPS, env.num_envs, env.num_actions, device=env.device)
    start, num_warm_up = time.perf_counter(), 0
    for action in actions:
        env.step(action)
        num_warm_up += 1
        if env.device.type == "cpu" and time.perf_counter() - start > budget / 4:
            break
    synchronize(env.device)
    affordable = int(num_warm_up * budget / (time.perf_counter() - start)) if math.isfinite(budget) else 10**9
    timer, bare = PhaseTimer(env.device), env.sim.step_physics

    def timed_physics() -> None:
        timer.mark()
        bare()
        timer.mark()

    env.sim.step_physics = timed_physics  # type: ignore[method-assign]
    try:
        for step in range(max(LEAST_STEPS, min(STEPS[env.device.type], affordable))):
            timer.mark()
            env.step(actions[step % WARM_UP_STEPS])
        timer.mark()
    finally:
        env.sim.step_physics = bare  # type: ignore[method-assign]
    phases = torch.tensor(timer.pop()).reshape(-1, 3)  # before, physics, after
    return phases[:, 1].median().item(), phases.sum(dim=1).median().item()


def measure_training(
    env: LeggedRobot,
    train_cfg: LeggedRobotCfgPPO,
    device: str,
    teacher: Path | Mapping[str, Path] | None = None,
    iterations: int | None = None,
    console: TextIO | None = sys.stdout,
) -> tuple[float, float]:
    """Median seconds of collecting a step of all environments, and of learning from it.

    Args:
        env: the environment.
        train_cfg: its training configuration.
        device: torch device of the learner.
        teacher: checkpoint of the teacher, or of each skill's, if a student is trained.
        iterations: to train; the second half of them is timed. None: `TRAIN_ITERATIONS`.
        console: where the progress is shown; None: nowhere.
    """
    runner = make_runner(env, train_cfg, None, device)
    if isinstance(teacher, Mapping):
        assert isinstance(runner, SkillDistillationRunner)
        runner.load_teachers(teacher)
    elif teacher is not None:
        assert isinstance(runner, TeacherStudentRunner)
        runner.load_teacher(teacher)
    runner.console = console
    iterations = iterations or TRAIN_ITERATIONS[env.device.type]
    runner.learn(iterations)
    half = runner.timings[iterations // 2 :]
    collection, learning = (sorted(column)[len(half) // 2] for column in zip(*half, strict=True))
    return collection / runner.num_steps_per_env, learning / runner.num_steps_per_env


def synchronize(device: torch.device) -> None:
    """Wait until a device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def gpu_memory_gib(device: torch.device) -> float | None:
    """GPU memory in use by all processes, GiB; None on a CPU."""
    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return (total - free) / 2**30
