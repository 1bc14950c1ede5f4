"""Heights of one tile, as pure functions of (tile, difficulty, random generator).

The kinds are legged_gym's (arXiv 2109.11978, section IV-B); how high they rise is the configuration's. `up` and `down`
are the robot's way from the middle of the tile, where it spawns, outwards: `stairs_up` is a pit it climbs out of.

Heights are those of grid vertices, so a vertical face is a ramp one cell wide. Lengths are rounded to whole cells: a
gap, stone or step of c cells has c vertices at its height, hence faces c cells apart at half height.
All heights on the tile's outline are 0, so neighbouring tiles share their border without a cliff.
"""

import numpy as np

from legged_gym.terrain.kinds import Size, size_of, terrain
from legged_gym.terrain.tile import Tile

NOISE_SPACING = 0.2
"""Distance of the noise's nodes, m; linear in between."""
NUM_OBSTACLES = 20
OBSTACLE_SIZE = (1.0, 2.0)
"""Shortest and longest side of a discrete obstacle, m."""


@terrain("slope_up", kind="slope", holes=False)
def slope_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Inverted pyramid: slopes of `slope` d from the platform at the bottom to the edges."""
    return -_pyramid(tile, difficulty)


@terrain("slope_down", kind="slope", holes=False)
def slope_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Pyramid: slopes of `slope` d from the platform at the top to the edges."""
    return _pyramid(tile, difficulty)


@terrain("rough_slope_up", kind="rough_slope", holes=False)
def rough_slope_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """`slope_up` with uniform noise of `roughness`, platform included."""
    return _noise(tile, rng) - _pyramid(tile, difficulty)


@terrain("rough_slope_down", kind="rough_slope", holes=False)
def rough_slope_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """`slope_down` with uniform noise of `roughness`, platform included."""
    return _noise(tile, rng) + _pyramid(tile, difficulty)


@terrain("stairs_up", size=Size("height of a step", setting="step_height"), holes=False)
def stairs_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Steps of `step_height` from the platform at the bottom to the edges."""
    return -_stairs(tile, size_of("stairs_up", tile, difficulty))


@terrain("stairs_down", size=Size("height of a step", setting="step_height"), holes=False)
def stairs_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Steps of `step_height` from the platform at the top to the edges."""
    return _stairs(tile, size_of("stairs_down", tile, difficulty))


@terrain("discrete", size=Size("height of the highest", setting="obstacle_height"), holes=False)
def discrete(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """20 rectangles, 1 to 2 m a side, of heights h, h/2, -h/2 or -h, h `obstacle_height`; later ones cover earlier."""
    height = size_of("discrete", tile, difficulty)
    heights = np.zeros(tile.shape)
    shortest, longest = (tile.cells(side) for side in OBSTACLE_SIZE)
    for _ in range(NUM_OBSTACLES):
        size = rng.integers(shortest, longest, endpoint=True, size=2)
        x, y = rng.integers(1, np.array(tile.shape) - size)  # vertex 0 and the last one belong to the outline
        heights[x : x + size[0], y : y + size[1]] = height * rng.choice([-1.0, -0.5, 0.5, 1.0])
    heights[tile.on_platform()] = 0.0
    return heights


def _pyramid(tile: Tile, difficulty: float) -> np.ndarray:
    rise = np.minimum(tile.edge_distance(), tile.cells_to_platform())
    return tile.cfg.slope * difficulty * tile.cell * rise


def _stairs(tile: Tile, step_height: float) -> np.ndarray:
    width = tile.cells(tile.cfg.step_width)
    steps = np.minimum(tile.edge_distance() // width, tile.cells_to_platform() // width)
    return step_height * steps


def _noise(tile: Tile, rng: np.random.Generator) -> np.ndarray:
    """Uniform noise at nodes `NOISE_SPACING` apart, zero on the outline, bilinear in between."""
    counts = [max(2, round((n - 1) * tile.cell / NOISE_SPACING)) for n in tile.shape]
    nodes = np.zeros((counts[0] + 1, counts[1] + 1))
    amplitude = tile.cfg.roughness
    nodes[1:-1, 1:-1] = rng.uniform(-amplitude, amplitude, (counts[0] - 1, counts[1] - 1))
    along_x, along_y = (_interpolation(count + 1, n) for count, n in zip(counts, tile.shape, strict=True))
    return along_x @ nodes @ along_y.T


def _interpolation(num_nodes: int, num_points: int) -> np.ndarray:
    """Matrix [num_points, num_nodes] that interpolates linearly from nodes to points spread over the same interval."""
    position = np.linspace(0.0, num_nodes - 1.0, num_points)
    return np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(num_nodes)[None, :]))
