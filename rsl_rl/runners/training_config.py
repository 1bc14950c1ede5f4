"""A training configuration as plain data: its sections, and values that a runner can use or refuses."""

import logging
from collections.abc import Mapping
from typing import Any

import torch

from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers
from rsl_rl.utils.registry import unknown_names

logger = logging.getLogger(__name__)

SECTIONS = (
    "seed", "obs_groups", "policy", "algorithm", "runner", "student", "distillation", "teacher_curriculum",
    "student_curriculum", "reinforcement", "pretrain_dataset", "stages",
)  # fmt: skip
"""Sections of a training configuration, of all runners."""

RUNNER_SETTINGS = (
    "class_name", "num_steps_per_env", "max_iterations", "save_interval", "empirical_normalization", "matmul_precision",
    "experiment_name", "run_name", "resume", "load_run", "checkpoint", "stage", "teacher", "begins_with",
    "sub_policy_paths",
)  # fmt: skip
"""Settings of ``runner``: those of all runners, and of who starts them."""


def section(train_cfg: Mapping[str, Any], name: str, default: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Return a section of the configuration, or raise a ConfigError if it has none of that name and needs it."""
    found = train_cfg.get(name, default)
    if found is None and name not in train_cfg:
        raise ConfigError(f"the training configuration has no section '{name}'")
    if not isinstance(found, Mapping):
        raise ConfigError(f"the section '{name}' of the training configuration is {found!r}, and no table")
    return found


def tell_unread(train_cfg: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Name sections of a configuration, and settings of a runner, that no runner knows."""
    for what, given, known in (("section ", train_cfg, SECTIONS), ("setting runner.", settings, RUNNER_SETTINGS)):
        for name in unknown_names(given, known):
            logger.warning("nothing reads the training configuration's %s%s", what, name)


def count(settings: Mapping[str, Any], name: str, default: int) -> int:
    """Return a setting that counts something, or raise a ConfigError if it does not."""
    value = settings.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ConfigError(f"runner.{name} must be a whole number of at least 1, not {value!r}")
    return value


def seed_of(train_cfg: Mapping[str, Any]) -> int:
    """Return the seed, or raise a ConfigError if there is none to draw numbers by."""
    seed = train_cfg.get("seed", 1)
    if type(seed) is not int:
        raise ConfigError(f"seed must be a whole number, not {seed!r}")
    require_numbers(-1, 2**32 - 1, seed=seed)
    return seed


def check_groups(groups_of: Mapping[str, Any]) -> None:
    """Refuse groups of observations that are no names."""
    for who, groups in groups_of.items():
        if not isinstance(groups, list | tuple) or not all(isinstance(group, str) for group in groups):
            raise ConfigError(f"obs_groups.{who} must be names of groups, not {groups!r}")


def device_of(name: torch.device | str) -> torch.device:
    """Return a device, or raise a ConfigError if there is none of the name."""
    try:
        return torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ConfigError(f"device must be cpu or cuda:0, cuda:1, ..., not {name!r}") from error


def require_iterations(number: Any) -> None:
    """Raise a ConfigError if that is no number of iterations to do."""
    if not isinstance(number, int) or number < 0:
        raise ConfigError(f"num_learning_iterations must be a whole number, not {number!r}")
