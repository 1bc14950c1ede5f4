"""The names of Isaac Gym that forks of legged_gym import, on MuJoCo.

This is no part of NVIDIA's Isaac Gym and holds none of it; the name says which interface is offered. What is there and
what differs: docs/isaacgym.md.
"""

from robust_parallel import openmp as _openmp  # isort: skip  # noqa: F401 - sets what torch reads when it is loaded
from isaacgym import legacy

legacy.restore_names()
