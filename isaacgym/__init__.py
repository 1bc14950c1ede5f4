"""The names of Isaac Gym that forks of legged_gym import, on MuJoCo.

This is no part of NVIDIA's Isaac Gym and holds none of it; the name says which interface is offered. What is there and
what differs: docs/isaacgym.md.
"""

from isaacgym import legacy

legacy.restore_names()
