"""From a task's name to its configurations, environment and runner."""

from pathlib import Path

from legged_gym.config.checks import check_config
from legged_gym.config.io import class_to_dict
from legged_gym.config.overrides import TRAIN_PREFIX
from legged_gym.envs import TASKS, LeggedRobot
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg, LeggedRobotCfgPPO
from rsl_rl.runners import OnPolicyRunner, TeacherStudentRunner
from rsl_rl.utils.registry import resolve

RUNNERS: dict[str, type[OnPolicyRunner]] = {
    "OnPolicyRunner": OnPolicyRunner,
    "TeacherStudentRunner": TeacherStudentRunner,
}
"""The runners a configuration can choose from; it may also name one as "module:Class"."""


def get_cfgs(task: str) -> tuple[LeggedRobotCfg, LeggedRobotCfgPPO]:
    """Fresh configurations of a task, free to be changed."""
    row = TASKS[task]
    return row.env_cfg(), row.train_cfg()


def make_env(task: str, env_cfg: LeggedRobotCfg, device: str, seed: int) -> LeggedRobot:
    """The task's environment.

    Args:
        task: name in `TASKS`.
        env_cfg: its configuration; `env_cfg.sim.engine` names the engine.
        device: torch device.
        seed: of the terrain map.
    """
    return TASKS[task].env_class(env_cfg, device, seed)


def make_runner(env: LeggedRobot, train_cfg: LeggedRobotCfgPPO, log_dir: Path | None, device: str) -> OnPolicyRunner:
    """A runner that trains on `env`.

    Args:
        env: the environment.
        train_cfg: its training configuration.
        log_dir: run folder, or None to write nothing.
        device: torch device of the learner.

    Raises:
        UserError: a setting is out of its range.
        ConfigError: a setting is unknown, or does not fit the environment.
    """
    check_config(train_cfg, f"{TRAIN_PREFIX}.")
    runner_class = resolve("runner", train_cfg.runner.class_name, RUNNERS)
    return runner_class(env, class_to_dict(train_cfg), log_dir, device)
