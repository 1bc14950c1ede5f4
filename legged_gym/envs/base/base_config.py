"""legged_gym's configuration idiom: nested classes, inherited, of which a robot overrides what differs."""

import inspect
from copy import deepcopy


class BaseConfig:
    """A configuration whose nested classes become instances of their own when it is constructed.

    So `cfg.env.num_envs = 64` changes one instance and never the class that other configurations inherit from.
    """

    def __init__(self) -> None:
        instantiate_members(self)


def instantiate_members(section: object) -> None:
    """Replace the nested classes of a section by instances, recursively, and copy its mutable values."""
    for name in dir(section):
        if name.startswith("_"):
            continue
        member = getattr(section, name)
        if inspect.isclass(member):
            instance = member()
            instantiate_members(instance)
            setattr(section, name, instance)
        elif isinstance(member, list | dict):
            setattr(section, name, deepcopy(member))
