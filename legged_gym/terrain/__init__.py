"""Height-field terrain: generators of single tiles, the map made of them, and the height sampler."""

from legged_gym.terrain import generators, obstacles, overhead, smooth_ground, tracks  # noqa: F401 - known in this order
