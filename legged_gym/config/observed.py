"""Groups of observations that a training reads: what nobody reads is not made."""

import copy
from collections.abc import Collection, Iterator
from typing import Any

from legged_gym.config.class_settings import CLASS_NAME
from legged_gym.config.io import class_to_dict

_PACKAGES = ("legged_gym", "rsl_rl")
"""Of these, a class that learns reads what `obs_groups` names, and a robot none of its groups."""


def is_from_elsewhere(module: str) -> bool:
    """Whether a module is of another package: which groups of observations its classes read is not known."""
    return module.partition(".")[0] not in _PACKAGES


def unread_groups(env_cfg: Any, train_cfg: Any) -> list[str]:
    """Names of the groups of a robot's configuration that `obs_groups` of its training does not name.

    None of them where a class that learns is from elsewhere, and may read more; and none where it names a group that
    there is not: whoever tells so tells which there are.
    """
    if any(map(is_from_elsewhere, _modules(train_cfg))):
        return []
    made = class_to_dict(env_cfg.observations)
    read = {group for groups in train_cfg.obs_groups.values() for group in groups}
    if not read <= made.keys():
        return []
    return [group for group in made if group not in read]


def _modules(train_cfg: Any) -> Iterator[str]:
    """Modules of the classes that a training configuration names as "module:Class"."""
    sections = (section for section in class_to_dict(train_cfg).values() if isinstance(section, dict))
    names = (str(section.get(CLASS_NAME, "")).partition(":") for section in sections)
    yield from (module for module, colon, _ in names if colon)


def without_groups(env_cfg: Any, unread: Collection[str]) -> Any:
    """A robot's configuration without some groups of observations; left as it is where these are none."""
    if not unread:
        return env_cfg
    cfg = copy.deepcopy(env_cfg)
    made = {name: terms for name, terms in class_to_dict(cfg.observations).items() if name not in unread}
    cfg.observations = type("observations", (), made)()
    cfg.noise.groups = [group for group in cfg.noise.groups if group not in unread]
    cfg.observation_history = {name: frames for name, frames in cfg.observation_history.items() if name not in unread}
    return cfg
