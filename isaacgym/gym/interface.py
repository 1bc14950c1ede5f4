"""All calls in one object."""

import inspect
from typing import Any

from isaacgym.gym.building import Building
from isaacgym.gym.cameras import Cameras
from isaacgym.gym.counts import Counts
from isaacgym.gym.joints import Joints
from isaacgym.gym.named import named
from isaacgym.gym.names import Names
from isaacgym.gym.sensors import Sensors
from isaacgym.gym.tensors import Tensors
from isaacgym.gym.viewing import Viewing
from isaacgym.unknown import unknown


class Gym(Building, Names, Counts, Joints, Sensors, Tensors, Viewing, Cameras):
    """What `gymapi.acquire_gym()` gives: it holds nothing, a `Sim` does."""

    def __getattr__(self, name: str) -> Any:
        raise unknown("gym", name)


for _name, _call in inspect.getmembers(Gym, inspect.isfunction):
    if not _name.startswith("_"):
        setattr(Gym, _name, named(_call))

_GYM = Gym()


def acquire_gym() -> Gym:
    """The one object of all calls."""
    return _GYM
