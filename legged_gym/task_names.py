"""What can be told of a mistyped task, or of a mistyped setting of one, before anything large is imported."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError

ENTRY_POINTS = "legged_gym.tasks"
"""Group of the entry points that packages offer tasks by: the task's name -> `module:attribute`, a `Task`."""
TABLE = "legged_gym.tasks"
"""Module of the table of tasks: where it is loaded, it may have others, and tells of mistakes itself."""

SHIPPED = (
    "a1_climb", "a1_crawl", "a1_distill", "a1_field", "a1_flat", "a1_leap", "a1_rough", "a1_tilt", "anymal_c_flat",
    "anymal_c_rough", "go2_blind", "go2_climb", "go2_crawl", "go2_distill", "go2_field", "go2_flat", "go2_flat_deploy",
    "go2_flat_quick", "go2_leap", "go2_perceptive", "go2_perceptive_sight", "go2_rough", "go2_rough_deploy",
    "go2_sight", "go2_sight_blind", "go2_tilt", "mini_cheetah", "mini_cheetah_ref", "qmini",
)  # fmt: skip
"""The tasks that come with this package."""
LIGHT = {
    "a1.a1_config": ("a1_flat", "a1_rough"),
    "anymal_c.anymal_c_config": ("anymal_c_flat", "anymal_c_rough"),
    "go2.go2_config": ("go2_flat", "go2_flat_deploy", "go2_flat_quick", "go2_rough", "go2_rough_deploy"),
    "go2.go2_sight_config": ("go2_sight", "go2_sight_blind"),
    "mini_cheetah.mini_cheetah_config": ("mini_cheetah",),
    "mini_cheetah.mini_cheetah_ref_config": ("mini_cheetah_ref",),
    "qmini.qmini_config": ("qmini",),
}
"""Modules of `legged_gym.envs` that hold configurations and import no torch -> the tasks whose they are."""


def check_spelling(task: str, settings: Sequence[str] = ()) -> None:
    """Refuse a name that no task can have, neither a shipped one nor another package's, and settings that none has.

    Args:
        task: its name.
        settings: texts `key=value`; those of the training, whose classes take torch, and entries of tables, which a
            checkpoint may have, are left to those who load them.

    Raises:
        UserError: it names the nearest one, or lists the tasks; or a setting is none, or its value does not fit it.
    """
    if TABLE in sys.modules:
        return
    if task not in SHIPPED:
        require_known(task, offered())
    if settings and (configs := light_configs(task)) is not None:
        _check_settings(*configs, settings)


def offered() -> list[str]:
    """The tasks that every process knows: those that are shipped, and those of installed packages."""
    return [*SHIPPED, *(entry.name for entry in entry_points(group=ENTRY_POINTS))]


def _check_settings(env_cfg: Any, train_cfg: Any, settings: Sequence[str]) -> None:
    from legged_gym.config.checks import check_fields  # here, since a command line without settings needs no YAML
    from legged_gym.config.io import instantiate
    from legged_gym.config.overrides import TRAIN_PREFIX, apply_overrides, read_overrides

    values = read_overrides(settings)
    own = [key for key in values if not key.startswith(f"{TRAIN_PREFIX}.") and not _is_entry(env_cfg, key)]
    env_cfg, train_cfg = instantiate(env_cfg), instantiate(train_cfg)
    apply_overrides(env_cfg, train_cfg, {key: values[key] for key in own})
    check_fields(env_cfg)


def require_known(name: str, names: list[str]) -> None:
    """Refuse a name that is none of some.

    Raises:
        UserError: it names the nearest one, or lists them.
    """
    if name not in names:
        raise UserError(f"unknown task {name!r}{nearest(str(name), names) or '; tasks: ' + ', '.join(sorted(names))}")


def light_configs(task: str) -> tuple[type, type] | None:
    """The configurations of a task, of its environment and its training, where they are to be had without torch."""
    module = next((module for module, tasks in LIGHT.items() if task in tasks), None)
    if module is None:
        return None
    name = "".join(part.capitalize() for part in task.split("_"))
    found = import_module(f"legged_gym.envs.{module}")
    return getattr(found, f"{name}Cfg"), getattr(found, f"{name}CfgPPO")


def _is_entry(cfg: Any, key: str) -> bool:
    """Whether a name is that of an entry of a table."""
    for name in key.split("."):
        if isinstance(cfg, dict):
            return True
        cfg = getattr(cfg, name, None)
    return False
