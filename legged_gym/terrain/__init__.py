"""Height-field terrain: generators of single tiles, the map made of them, and the height sampler."""

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain

__all__ = ["HeightSampler", "Terrain", "TerrainCfg"]
