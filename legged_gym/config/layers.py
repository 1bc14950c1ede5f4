"""What holds of a setting: the task's default, what a checkpoint was trained with, what the mode needs, what was asked.

A later one of these holds over an earlier one.
"""

import functools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from legged_gym.config.checks import check_config, misnamed, undeclared
from legged_gym.config.class_settings import adopt_class_settings
from legged_gym.config.idle import idle_in_all, idle_settings
from legged_gym.config.io import dict_to_class, field_names, flat_names, instantiate, is_section, missing_fields
from legged_gym.config.observed import unread_groups, without_groups
from legged_gym.config.overrides import SET_FLAG, TRAIN_PREFIX, apply_overrides

logger = logging.getLogger(__name__)

DEFAULT, CHECKPOINT, MODE = "default", "checkpoint", "mode"
"""Where a value is from, if not from what a user asked for."""

Mode = Callable[[Any, Any], Mapping[str, Any]]
"""What playing, evaluating, ... need: environment and training configuration -> values by dotted key."""


@dataclass(frozen=True)
class Asked:
    """What a user asked for."""

    values: Mapping[str, Any]
    """Values by dotted key; checked against the field's type, a text is read as one."""
    source: str = SET_FLAG
    """Where a value was asked for, for errors."""


@dataclass
class Settings:
    """The configurations of a run, and where their values are from."""

    env_cfg: Any
    train_cfg: Any
    unknown: list[str] = field(default_factory=list)
    """Fields of the checkpoint that no longer exist."""
    missing: list[str] = field(default_factory=list)
    """Fields that the checkpoint lacks: their defaults hold."""
    sources: dict[str, str] = field(default_factory=dict)
    makes_all: bool = False
    """Whether all groups of observations are made: others than the training may read them."""
    stages: dict[str, "Settings"] = field(default_factory=dict)
    """Those of the stages that are to be trained, where the task sets some otherwise; by their names."""

    def source(self, key: str) -> str:
        """Where the value of a field is from: `DEFAULT`, `CHECKPOINT`, `MODE`, or an `Asked.source`."""
        return self.sources.get(key, DEFAULT)

    def asked(self) -> Iterator[tuple[str, str]]:
        """The fields that a user asked for, by their dotted keys, and where."""
        yield from ((key, at) for key, at in self.sources.items() if at not in (DEFAULT, CHECKPOINT, MODE))

    def idle(self) -> dict[str, str]:
        """Fields and sections that have no effect, by their dotted keys, and why, see `idle`: none in any stage."""
        if self.stages:
            return idle_in_all([stage.idle() for stage in self.stages.values()])
        groups = [] if self.makes_all else unread_groups(self.env_cfg, self.train_cfg)
        tables = {"observations": groups, "observation_history": self.env_cfg.observation_history.keys() & groups}
        unread = (f"{table}.{group}" for table, names in tables.items() for group in names)
        idle = dict(idle_settings(without_groups(self.env_cfg, groups))) | dict(
            idle_settings(self.train_cfg, f"{TRAIN_PREFIX}.")
        )
        return idle | dict.fromkeys(unread, f"{TRAIN_PREFIX}.obs_groups does not name it")

    def value(self, key: str) -> Any:
        """The value of a field, or of an entry of a table, by its dotted key; None for an entry that there is not."""
        prefix, _, rest = key.partition(".")
        node, path = (self.train_cfg, rest) if prefix == TRAIN_PREFIX else (self.env_cfg, key)
        return functools.reduce(_part, path.split("."), node)


def _part(node: Any, name: str) -> Any:
    return node.get(name) if isinstance(node, Mapping) else getattr(node, name)


def resolve_settings(
    env_cfg: Any,
    train_cfg: Any,
    stored: Mapping[str, Any] | None = None,
    mode: Mode | None = None,
    asked: Sequence[Asked] = (),
) -> Settings:
    """The settings that hold: defaults < checkpoint < mode < what was asked for.

    Args:
        env_cfg: the task's environment configuration, a class or an instance; left as it is.
        train_cfg: its training configuration, likewise.
        stored: what a checkpoint keeps: `env` and `train` as nested dicts.
        mode: is given the other layers' outcome, so that it can depend on what was asked; its values hold over none
            of those.
        asked: the last one strongest.

    Raises:
        UserError: an unknown key, a value that does not fit its field, or settings that contradict each other.
    """
    settings = _stacked(env_cfg, train_cfg, stored, mode, asked)
    check_config(settings.env_cfg)
    check_config(settings.train_cfg, f"{TRAIN_PREFIX}.")
    _tell_undeclared(settings)
    return settings


def _tell_undeclared(settings: Settings) -> None:
    """Name the fields that no class declares, and sections that are none of those they derive from."""
    for cfg in (settings.env_cfg, settings.train_cfg):
        for name, meant in misnamed(cfg):
            _warn_once(f"section {name} derives from {meant}, which stays as it was: did you mean that?")
    if names := [*undeclared(settings.env_cfg), *undeclared(settings.train_cfg, f"{TRAIN_PREFIX}.")]:
        _warn_once(f"declared nowhere, so that only its kind is checked: {', '.join(names)}; give it a type")


@functools.cache
def _warn_once(text: str) -> None:
    """Say what is of a task's classes, which a program resolves several times."""
    logger.warning(text)


def _stacked(
    env_cfg: Any, train_cfg: Any, stored: Mapping[str, Any] | None, mode: Mode | None, asked: Sequence[Asked]
) -> Settings:
    settings = Settings(instantiate(env_cfg), instantiate(train_cfg))
    if stored is not None:
        _restore(settings, stored)
    if mode is not None:
        seen = _stacked(settings.env_cfg, settings.train_cfg, None, None, asked)
        values = mode(seen.env_cfg, seen.train_cfg)
        set_fields(values, settings.env_cfg, settings.train_cfg)
        settings.sources |= dict.fromkeys(values, MODE)
    for layer in asked:
        apply_overrides(settings.env_cfg, settings.train_cfg, layer.values, layer.source)
        settings.sources |= dict.fromkeys(layer.values, layer.source)
    return settings


def _restore(settings: Settings, stored: Mapping[str, Any]) -> None:
    for name, prefix in (("env", ""), ("train", f"{TRAIN_PREFIX}.")):
        today = getattr(settings, f"{name}_cfg")
        if name == TRAIN_PREFIX:
            adopt_class_settings(today, stored[name])
        cfg, unknown = dict_to_class(stored[name], today, prefix)
        settings.unknown += [f"{prefix}{key}" for key in unknown]
        settings.missing += [f"{prefix}{key}" for key in missing_fields(stored[name], today)]
        settings.sources |= dict.fromkeys(flat_names(stored[name], prefix), CHECKPOINT)
        setattr(settings, f"{name}_cfg", cfg)


def set_fields(values: Mapping[str, Any], env_cfg: Any, train_cfg: Any = None) -> None:
    """Set fields of instantiated configurations, in place, to values as they are: those of a program, not a user's.

    Args:
        values: by dotted key.
        env_cfg: environment configuration.
        train_cfg: training configuration, for keys under `train.`.

    Raises:
        KeyError: there is no such field.
    """
    for key, value in values.items():
        prefix, _, rest = key.partition(".")
        node, path = (train_cfg, rest) if prefix == TRAIN_PREFIX else (env_cfg, key)
        *sections, name = path.split(".")
        for section in sections:
            node = getattr(node, section)
        if name not in field_names(node) or is_section(getattr(node, name)):
            raise KeyError(key)
        setattr(node, name, value)
