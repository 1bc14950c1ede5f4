"""Timing physics, environment and training.

Physics is timed inside the environment's steps, so that both figures are of the same states: the engine's bare substeps
against the whole step around them.
"""

from pathlib import Path

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfgPPO
from legged_gym.tasks import make_runner
from rsl_rl.runners import TeacherStudentRunner
from rsl_rl.utils.timer import PhaseTimer

WARM_UP_STEPS = 50
STEPS = {"cpu": 100, "cuda": 500}
"""Control steps that are timed, under random actions."""
TRAIN_ITERATIONS = {"cpu": 4, "cuda": 20}


@torch.inference_mode()
def measure_env(env: LeggedRobot) -> tuple[float, float]:
    """Median seconds of a control step of all environments: bare physics, and the whole environment."""
    actions = torch.randn(WARM_UP_STEPS, env.num_envs, env.num_actions, device=env.device)
    for action in actions:
        env.step(action)
    timer, bare = PhaseTimer(env.device), env.sim.step_physics

    def timed_physics() -> None:
        timer.mark()
        bare()
        timer.mark()

    env.sim.step_physics = timed_physics  # type: ignore[method-assign]
    try:
        for step in range(STEPS[env.device.type]):
            timer.mark()
            env.step(actions[step % WARM_UP_STEPS])
        timer.mark()
    finally:
        env.sim.step_physics = bare  # type: ignore[method-assign]
    phases = torch.tensor(timer.pop()).reshape(-1, 3)  # before, physics, after
    return phases[:, 1].median().item(), phases.sum(dim=1).median().item()


def measure_training(
    env: LeggedRobot, train_cfg: LeggedRobotCfgPPO, device: str, teacher: Path | None
) -> tuple[float, float]:
    """Median seconds of collecting a step of all environments, and of learning from it.

    Args:
        env: the environment.
        train_cfg: its training configuration.
        device: torch device of the learner.
        teacher: checkpoint of the teacher, if a student is trained.
    """
    runner = make_runner(env, train_cfg, None, device)
    if teacher is not None:
        assert isinstance(runner, TeacherStudentRunner)
        runner.load_teacher(teacher)
    iterations = TRAIN_ITERATIONS[env.device.type]
    runner.learn(iterations)
    half = runner.timings[iterations // 2 :]
    collection, learning = (sorted(column)[len(half) // 2] for column in zip(*half, strict=True))
    return collection / runner.num_steps_per_env, learning / runner.num_steps_per_env


def gpu_memory_gib(device: torch.device) -> float | None:
    """GPU memory in use by all processes, GiB; None on a CPU."""
    if device.type != "cuda":
        return None
    free, total = torch.cuda.mem_get_info(device)
    return (total - free) / 2**30
