"""Massively parallel environments for legged robots.

    env = legged_gym.make("go2_flat", num_envs=64, **{"rewards.scales.torques": -1e-4})
    observations, rewards, dones, extras = env.step(actions)

Names are loaded when they are asked for: importing this package imports neither torch nor a physics engine.
"""

from legged_gym.utils import interrupts as _interrupts  # noqa: F401 - first: it tells of Ctrl-C from here on

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING, Any

from legged_gym.version import __version__
from robust_parallel import openmp as _openmp  # noqa: F401 - sets what torch reads when it is loaded

if TYPE_CHECKING:
    from legged_gym.tasks import Task, make, register
    from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR

__all__ = ["LEGGED_GYM_ROOT_DIR", "Task", "__version__", "make", "register"]

_MODULES = {
    "LEGGED_GYM_ROOT_DIR": "legged_gym.utils.paths",
    "Task": "legged_gym.tasks",
    "make": "legged_gym.tasks",
    "register": "legged_gym.tasks",
}
"""Where the names of this package are defined."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
