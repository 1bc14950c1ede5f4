"""Ground without an edge: level, to be fast on, and waves."""

import numpy as np

from legged_gym.terrain.kinds import Size, size_of, terrain
from legged_gym.terrain.tile import Tile

WAVE_LENGTH = 1.6
"""Distance of two crests, m."""
WAVE_RIM = 0.4
"""Width of the ground along the outline on which waves run out, m."""


@terrain("level", holes=False)
def level(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Level ground."""
    return np.zeros(tile.shape)


@terrain("wave", size=Size("height of the crests over the troughs", 0.20, 0.80), holes=False)
def wave(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Sine waves along x and along y of random phase, one on the other."""
    along = [2.0 * np.pi * (np.arange(n) * tile.cell / WAVE_LENGTH + rng.random()) for n in tile.shape]
    waves = np.sin(along[0])[:, None] + np.sin(along[1])[None, :]
    return 0.25 * size_of("wave", tile, difficulty) * waves * np.minimum(tile.edge_distance() * tile.cell / WAVE_RIM, 1)
