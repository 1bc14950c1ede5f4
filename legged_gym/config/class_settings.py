"""Settings of the class that a section of the training configuration chooses, beside the fields it declares.

A task's configuration declares what it sets. What else the constructor of the policy, the algorithm, ... takes can be
set too, also where the class is another than the task's own.
"""

import copy
from collections.abc import Mapping
from typing import Any

from legged_gym.config.io import field_names, is_section
from legged_gym.utils.errors import UserError

CLASS_NAME = "class_name"


def class_settings(section: str, cfg: Any) -> dict[str, Any]:
    """The settings, with their defaults, that the class of a section takes and the section does not have.

    Args:
        section: name of a section of the training configuration.
        cfg: the section.

    Raises:
        UserError: there is no such class.
    """
    from rsl_rl.runners import CHOICES  # here, since environments do without the learner
    from rsl_rl.utils.errors import ConfigError
    from rsl_rl.utils.registry import default_settings, resolve

    if section not in CHOICES:
        return {}
    table = CHOICES[section]
    name = getattr(cfg, CLASS_NAME, next(iter(table)))
    try:
        settings = default_settings(resolve(section, name, table))
    except ConfigError as error:
        raise UserError(str(error)) from error
    known = field_names(cfg)
    return {key: copy.deepcopy(value) for key, value in ({CLASS_NAME: name} | settings).items() if key not in known}


def class_setting_names(train_cfg: Any) -> list[str]:
    """The dotted names of all settings of chosen classes that a training configuration does not have."""
    sections = {name: getattr(train_cfg, name) for name in field_names(train_cfg)}
    return [f"{name}.{key}" for name, cfg in sections.items() if is_section(cfg) for key in class_settings(name, cfg)]


def adopt_class_settings(train_cfg: Any, stored: Mapping[str, Any]) -> None:
    """Give an instantiated training configuration the fields of stored classes that a stored one has beside its own.

    Args:
        train_cfg: training configuration, changed in place.
        stored: nested dicts; the values are not taken from here.
    """
    for section, data in stored.items():
        cfg = getattr(train_cfg, section, None)
        if not isinstance(data, Mapping) or not is_section(cfg) or not set(data).difference(field_names(cfg)):
            continue
        chosen = copy.copy(cfg)
        if CLASS_NAME in data:
            setattr(chosen, CLASS_NAME, data[CLASS_NAME])
        for key, value in class_settings(section, chosen).items():
            if key in data:
                setattr(cfg, key, value)
