"""Groups of observations that a training reads: what nobody reads is not made."""

import copy
from typing import Any

from legged_gym.config.io import class_to_dict


def unread_groups(env_cfg: Any, train_cfg: Any) -> list[str]:
    """Names of the groups of a robot's configuration that `obs_groups` of its training does not name."""
    read = {group for groups in train_cfg.obs_groups.values() for group in groups}
    return [group for group in class_to_dict(env_cfg.observations) if group not in read]


def with_read_groups(env_cfg: Any, train_cfg: Any) -> Any:
    """A robot's configuration without those; left as it is where there are none."""
    unread = unread_groups(env_cfg, train_cfg)
    if not unread:
        return env_cfg
    cfg = copy.deepcopy(env_cfg)
    made = {name: terms for name, terms in class_to_dict(cfg.observations).items() if name not in unread}
    cfg.observations = type("observations", (), made)()
    cfg.noise.groups = [group for group in cfg.noise.groups if group not in unread]
    cfg.observation_history = {name: frames for name, frames in cfg.observation_history.items() if name not in unread}
    return cfg
