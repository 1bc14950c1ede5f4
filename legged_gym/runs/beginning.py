"""Whether trainings that differ in their seed alone can begin: tried once, before each would fail alike."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from legged_gym.config.overrides import TRAIN_PREFIX, apply_overrides
from legged_gym.runs.configure import unlearning
from legged_gym.runs.skills import learns_skills, skill_teachers
from legged_gym.runs.stages import STUDENT, chosen_teacher, first_weights, stage_configs
from legged_gym.sim.engines import MUJOCO
from legged_gym.tasks import make_env, make_runner


def check_beginning(task: str, env_cfg: Any, train_cfg: Any, stage: str | None, log_root: Path) -> None:
    """Find what a training begins with, and build one robot on the CPU and its learner.

    Args:
        task: its name.
        env_cfg: configuration of the environment.
        train_cfg: configuration of the training.
        stage: the first that is trained, if the task has stages.
        log_root: folder of all experiments.

    Raises:
        UserError: there is no teacher, or no weights; the robot, its ground or its learner cannot be built.
    """
    env_cfg, train_cfg = stage_configs(env_cfg, train_cfg, stage, False, None)
    if stage == STUDENT:
        chosen_teacher(train_cfg, task, log_root)
    else:
        first_weights(env_cfg, train_cfg, stage, log_root)
    apply_overrides(env_cfg, train_cfg, unlearning(train_cfg), TRAIN_PREFIX)
    env_cfg.env.num_envs, env_cfg.sim.engine = 1, MUJOCO
    with _unsaid():
        if learns_skills(train_cfg):
            skill_teachers(env_cfg, train_cfg, log_root)
        env = make_env(task, env_cfg, "cpu", 0, train_cfg)
        try:
            make_runner(env, train_cfg, None, "cpu")
        finally:
            env.close()


@contextlib.contextmanager
def _unsaid() -> Iterator[None]:
    """Keep notices back: each training gives them."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
