"""legged_gym's configuration idiom: nested classes, inherited, of which a robot overrides what differs."""

import copy

from legged_gym.config.io import field_names, instantiate, is_section


class BaseConfig:
    """A configuration whose nested classes become instances of their own when it is constructed.

    So `cfg.env.num_envs = 64` changes one instance and never the class that other configurations inherit from.
    """

    def __init__(self) -> None:
        for name in field_names(self):
            value = getattr(self, name)
            setattr(self, name, instantiate(value) if is_section(value) else copy.deepcopy(value))
