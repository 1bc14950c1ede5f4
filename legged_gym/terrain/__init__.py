"""Height-field terrain: generators of single tiles, the map made of them, and the height sampler."""

from legged_gym.terrain import generators, obstacles, overhead  # noqa: F401 - their types are known, in this order
