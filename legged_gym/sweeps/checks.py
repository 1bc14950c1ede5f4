"""What is checked of a sweep, beside its file, before anything starts."""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from legged_gym.config.overrides import SET_FLAG, read_overrides
from legged_gym.config.suggest import nearest
from legged_gym.runs.stages import ALL, STUDENT
from legged_gym.sweeps.definition import Definition
from legged_gym.sweeps.dry_run import logged_tags
from legged_gym.sweeps.space import first_values, override_key, overrides
from legged_gym.utils.errors import UserError

logger = logging.getLogger(__name__)

SWEPT_FLAGS = {
    "env_cfg.env.num_envs": "num_envs",
    "train_cfg.seed": "seed",
    "train_cfg.runner.max_iterations": "max_iterations",
}
"""Flags that would win over a parameter."""
EXPERIMENT = "train_cfg.runner.experiment_name"
NAMES_OF_RUNS = tuple(f"train_cfg.runner.{name}" for name in ("run_name", "resume", "load_run", "checkpoint"))
"""Settings that say which run a candidate is."""
STAGE_KEY, TEACHER_KEY = "train_cfg.runner.stage", "train_cfg.runner.teacher"


def check_flags(args: argparse.Namespace, train_cfg: Any, definition: Definition) -> None:
    """See that flags and parameters fit together.

    Raises:
        UserError: a flag would win over a parameter, a training would have two logs, or students the teacher that is
            the newest when they begin.
    """
    for key, flag in SWEPT_FLAGS.items():
        if key in definition.space and getattr(args, flag) is not None:
            raise UserError(f"--{flag} and the sweep's parameter {key} exclude each other")
    swept = {override_key(key): key for key in definition.space}
    given = read_overrides(args.overrides)
    for key in given:
        if key in swept:
            raise UserError(f"{SET_FLAG} {key} and the sweep's parameter {swept[key]} exclude each other")
    named = [f"parameter {key}" for key in (EXPERIMENT, *NAMES_OF_RUNS) if key in definition.space]
    named += [f"{SET_FLAG} {override_key(key)}" for key in NAMES_OF_RUNS if override_key(key) in given]
    if named:
        raise UserError(f"{named[0]}: the sweep begins the candidates' runs and names them")
    if "goal" not in definition.source["metric"]:
        logger.warning("metric: %s is minimized, since it names no goal", definition.metric)
    stop, iterations = definition.early_terminate, train_cfg.runner.max_iterations
    if stop is not None and stop.settings.get("min_iter", 0) >= iterations:
        logger.warning("early_terminate has no effect: its min_iter is not before the end, %d iterations", iterations)
    if getattr(train_cfg.runner, "stage", None) == ALL and STAGE_KEY not in definition.space:
        raise UserError("the task has stages, each with a log of its own; choose one: --set train.runner.stage=teacher")
    learns_of_another = getattr(train_cfg.runner, "stage", None) == STUDENT and TEACHER_KEY not in definition.space
    if learns_of_another and not Path(train_cfg.runner.teacher).exists():
        raise UserError("the students of a sweep have one teacher: --set train.runner.teacher=CHECKPOINT")


def check_metric(definition: Definition, command: Sequence[str]) -> None:
    """See that a training starts with first values of all parameters, and logs the sweep's metric from the first on.

    One iteration cannot tell what is logged of a later part of a training alone, such as the losses of rewards that
    teach a student once it imitates, from a mistyped name; and who ends candidates early needs values before.

    Args:
        definition: the sweep.
        command: the training program with the flags that all candidates share.

    Raises:
        UserError: it does not start, or has no such tag then; names the nearest one.
    """
    tags = logged_tags(command, overrides(first_values(definition.space)))
    if definition.metric not in tags:
        meant = nearest(definition.metric, tags)
        raise UserError(f"metric: a training logs no {definition.metric!r} from its first iteration on{meant}")
