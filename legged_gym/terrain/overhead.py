"""Ground with something over it or beside it: a bar, a tunnel, a gate between two walls. See `obstacles`."""

import numpy as np

from legged_gym.terrain.kinds import OPEN, SMALLEST, Ground, Size, require_less, size_of, terrain
from legged_gym.terrain.tile import Tile

BAR_THICKNESS = 0.1
TUNNEL_LENGTH = 0.8
"""Along the way, m."""
WALL_HEIGHT, WALL_THICKNESS = 1.0, 0.4
"""Of a gate, m: too high to climb, and as thick along the way as half a robot."""


@terrain("crawl_bar", kind="crawl", size=Size("clearance", 0.50, 0.22, least=SMALLEST), crossing=True, holes=False)
def crawl_bar(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """Two bars across the way."""
    room, thickness = tile.cells_to_platform(), tile.cells(BAR_THICKNESS)
    bars = tile.ring(room // 4, thickness) | tile.ring((7 * room) // 10, thickness)
    return np.zeros(tile.shape), np.where(bars, size_of("crawl_bar", tile, difficulty), OPEN)


@terrain("crawl_tunnel", kind="crawl", size=Size("clearance", 0.50, 0.22, least=SMALLEST), crossing=True, holes=False)
def crawl_tunnel(tile: Tile, difficulty: float, rng: np.random.Generator) -> Ground:
    """A roof over a piece of the way."""
    roof = tile.ring(tile.cells_to_platform() // 4, tile.cells(TUNNEL_LENGTH))
    return np.zeros(tile.shape), np.where(roof, size_of("crawl_tunnel", tile, difficulty), OPEN)


@terrain(
    "tilt",
    size=Size("distance of the walls", 0.40, 0.24, along_ground=True, least=SMALLEST),
    crossing=True,
    holes=False,
)
def tilt(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A wall around the platform with a gate in the middle of each side: a robot has to roll to get through."""
    gate = size_of("tilt", tile, difficulty)
    require_less("tilt", gate, tile.platform, "a gate is as wide as the platform")
    wall = tile.ring(tile.cells_to_platform() // 4, tile.cells(WALL_THICKNESS))
    return np.where(wall & ~tile.strip(tile.across(), tile.cells(gate)), WALL_HEIGHT, 0.0)
