"""A map whose tiles of one level and type differ in size."""

import numpy as np

from legged_gym.terrain.terrain import Terrain


class SpreadTerrain(Terrain):
    """Level l has every difficulty from its own to that of the next level, another one on each tile.

    None is beyond 1, for which tiles are made, or beyond its level's own. The map that training sees then has as many
    sizes of a step, a slope or a gap as it has tiles of their type, and not one a level.
    """

    def difficulty(self, level: int, column: int) -> float:
        low, high = self.cfg.difficulty_range
        share = np.random.default_rng([self._seed, level, column, 1]).uniform()  # not the stream of the tile's details
        return max(super().difficulty(level, column), min(low + (high - low) * (level + share) / self.num_levels, 1.0))
