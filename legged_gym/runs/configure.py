"""From a task's configuration, a checkpoint's and the command line to the configuration of this run."""

import argparse
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from legged_gym.config.checks import check_config
from legged_gym.config.io import dict_to_class
from legged_gym.config.overrides import TRAIN_PREFIX, apply_overrides
from legged_gym.config.suggest import nearest
from legged_gym.runs.folders import is_iteration, resolve_checkpoint
from legged_gym.sim.devices import Placement, choose_placement
from legged_gym.utils.errors import UserError
from rsl_rl.utils import checkpoint as checkpoints

logger = logging.getLogger(__name__)

RETIRED_FIELDS = ("train.runner.logger", "terrain.measure_heights")
"""Fields of older checkpoints that had no say in the training, or only said what follows from others: ignored without a
word."""


def chosen_task(args: argparse.Namespace, tasks: Iterable[str]) -> str:
    """The task that `--task` names, or else the one of the checkpoint file that `--checkpoint` names.

    Raises:
        UserError: missing or unknown task.
    """
    if args.task is None and args.checkpoint is not None and not is_iteration(args.checkpoint):
        return check_task(saved_config(Path(args.checkpoint)).get("task"), tasks)
    return check_task(args.task, tasks)


def check_task(task: str | None, tasks: Iterable[str]) -> str:
    """The task's name.

    Raises:
        UserError: missing or unknown; names the nearest one or lists them.
    """
    tasks = sorted(tasks)
    if task is None:
        raise UserError(f"--task is missing; tasks: {', '.join(tasks)}")
    if task not in tasks:
        raise UserError(f"unknown task {task!r}{nearest(task, tasks) or '; tasks: ' + ', '.join(tasks)}")
    return task


def apply_flags(args: argparse.Namespace, env_cfg: Any, train_cfg: Any) -> bool:
    """Apply `--set` and then the flags of their own to instantiated configurations, in place.

    Args:
        args: parsed by `command_line.make_parser` or a parser made from it.
        env_cfg: environment configuration.
        train_cfg: training configuration.

    Returns:
        Whether the user named the number of environments.

    Raises:
        UserError: a value does not fit, or the task has no stages for `--stage` and `--teacher` to choose.
    """
    keys = apply_overrides(env_cfg, train_cfg, args.overrides)
    flags = vars(args)
    for section, name in ((env_cfg.env, "num_envs"), (train_cfg, "seed")):
        if flags[name] is not None:
            setattr(section, name, flags[name])
    for name in ("experiment_name", "run_name", "max_iterations", "load_run"):
        if flags.get(name) is not None:
            setattr(train_cfg.runner, name, flags[name])
    for name in ("stage", "teacher"):
        if flags.get(name) is not None:
            if not hasattr(train_cfg.runner, name):
                raise UserError(f"--{name}: the task has no stages")
            setattr(train_cfg.runner, name, flags[name])
    train_cfg.runner.resume = bool(train_cfg.runner.resume or flags.get("resume", False))
    check_config(env_cfg)
    check_config(train_cfg, f"{TRAIN_PREFIX}.")
    return args.num_envs is not None or "env.num_envs" in keys


def place(args: argparse.Namespace, env_cfg: Any, num_envs_chosen: bool) -> Placement:
    """Choose engine and devices and, unless the user did, the number of environments that fits them.

    Writes `env.num_envs`; leaves `sim.engine` as asked for, so that a saved configuration is bound to no machine.

    Raises:
        UserError: the engine or device cannot be used here.
    """
    placement = choose_placement(args.sim or env_cfg.sim.engine, args.sim_device, args.rl_device)
    if placement.sim_device == "cpu" and not num_envs_chosen:
        env_cfg.env.num_envs = env_cfg.env.num_envs_cpu
    return placement


def chosen_checkpoint(args: argparse.Namespace, train_cfg: Any) -> Path:
    """The checkpoint that the flags and the training configuration name; without a name that of the newest run.

    Raises:
        UserError: there is none.
    """
    runner = train_cfg.runner
    checkpoint = str(runner.checkpoint) if args.checkpoint is None else args.checkpoint
    stage = getattr(runner, "stage", "all")
    return resolve_checkpoint(
        runner.experiment_name, runner.load_run, checkpoint, stage=None if stage == "all" else stage
    )


def saved_config(checkpoint: Path) -> dict[str, Any]:
    """The configuration in a checkpoint: `task`, `env` and `train` as plain data.

    Raises:
        CheckpointError: no checkpoint, or a damaged one.
    """
    return checkpoints.load(checkpoint, required=("config",))["config"]


def task_config(checkpoint: Path, task: str) -> dict[str, Any]:
    """The configuration in a checkpoint of a task.

    Raises:
        CheckpointError: no checkpoint, or a damaged one.
        UserError: the checkpoint is of another task.
    """
    data = saved_config(checkpoint)
    if data.get("task") != task:
        raise UserError(f"{checkpoint} is of the task {data.get('task')!r}, not of {task!r}")
    return data


def trained_run(
    args: argparse.Namespace, tasks: Iterable[str], get_cfgs: Callable[[str], tuple[Any, Any]]
) -> tuple[str, Path, Any, Any]:
    """What the flags ask to play or to judge: task, checkpoint, and the configurations it was trained with.

    They are changed in one thing: no mini-batches are asked for, since nothing is learned, and few environments cannot
    be split.

    Args:
        args: parsed by `play_parser` or `evaluate_parser`.
        tasks: names of all tasks.
        get_cfgs: fresh configurations of a task.

    Raises:
        UserError: there is no such task or checkpoint, or the checkpoint is of another task.
    """
    task = chosen_task(args, tasks)
    env_cfg, train_cfg = get_cfgs(task)
    apply_flags(args, env_cfg, train_cfg)  # the experiment and the run to load from are among them
    checkpoint = chosen_checkpoint(args, train_cfg)
    env_cfg, train_cfg = trained_configs(checkpoint, task, *get_cfgs(task))
    for name in ("algorithm", "distillation"):
        if hasattr(train_cfg, name):
            getattr(train_cfg, name).num_mini_batches = 1
    return task, checkpoint, env_cfg, train_cfg


def trained_configs(checkpoint: Path, task: str, env_cfg: Any, train_cfg: Any) -> tuple[Any, Any]:
    """The configurations a checkpoint was trained with, over today's defaults of its task.

    Returns:
        New environment and training configuration instances.

    Raises:
        UserError: the checkpoint is of another task.
    """
    data = task_config(checkpoint, task)
    env_cfg, unknown_env = dict_to_class(data["env"], env_cfg)
    train_cfg, unknown_train = dict_to_class(data["train"], train_cfg)
    unknown = [*unknown_env, *(f"train.{name}" for name in unknown_train)]
    if missed := [name for name in unknown if name not in RETIRED_FIELDS]:
        logger.warning("ignored fields of %s that no longer exist: %s", checkpoint, ", ".join(missed))
    return env_cfg, train_cfg
