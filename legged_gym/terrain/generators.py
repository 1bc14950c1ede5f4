"""Heights of one tile, as pure functions of (tile, difficulty, random generator).

The kinds are legged_gym's (arXiv 2109.11978, section IV-B); how high they rise is the configuration's. `up` and `down`
are the robot's way from the middle of the tile, where it spawns, outwards: `stairs_up` is a pit it climbs out of.

Heights are those of grid vertices, so a vertical face is a ramp one cell wide. Lengths are rounded to whole cells: a
gap, stone or step of c cells has c vertices at its height, hence faces c cells apart at half height.
All heights on the tile's outline are 0, so neighbouring tiles share their border without a cliff.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from legged_gym.terrain.config import TerrainCfg

NOISE_SPACING = 0.2
"""Distance of the noise's nodes, m; linear in between."""
NUM_OBSTACLES = 20
OBSTACLE_SIZE = (1.0, 2.0)
"""Shortest and longest side of a discrete obstacle, m."""
HOLE_DEPTH = 2.0
"""Depth of gaps and of the holes between stepping stones, m."""
STONE_FIELD_RIM = 0.25
"""Solid ground along the outline of a field of stepping stones, m."""


@dataclass(frozen=True)
class Tile:
    """The grid of one tile: `length_cells` along x, `width_cells` along y."""

    length_cells: int
    width_cells: int
    cell: float
    """Cell size, m."""
    platform: float
    """Side of the level square in the middle, m."""
    cfg: TerrainCfg | type[TerrainCfg] = TerrainCfg
    """Amplitudes of what stands on it."""

    @property
    def shape(self) -> tuple[int, int]:
        """Vertices along x and y."""
        return self.length_cells + 1, self.width_cells + 1

    def cells(self, metres: float) -> int:
        """Whole cells nearest to a length, at least one; halves round up."""
        return max(1, math.floor(metres / self.cell + 0.5 + 1e-6))

    def edge_distance(self) -> np.ndarray:
        """Cells from each vertex to the nearest edge of the tile, int [length_cells + 1, width_cells + 1]."""
        x, y = (np.minimum(np.arange(n), np.arange(n)[::-1]) for n in self.shape)
        return np.minimum(x[:, None], y[None, :])

    def centre_distance(self) -> np.ndarray:
        """Cells from each vertex to the tile's centre, the larger of both axes, [length_cells + 1, width_cells + 1]."""
        x, y = (np.abs(np.arange(n) - (n - 1) / 2) for n in self.shape)
        return np.maximum(x[:, None], y[None, :])

    def on_platform(self) -> np.ndarray:
        """Vertices of the level square in the middle, bool [length_cells + 1, width_cells + 1]."""
        return self.centre_distance() <= self.cells(self.platform) / 2

    def cells_to_platform(self) -> int:
        """Cells between the nearest edge of the tile and the platform."""
        return (min(self.length_cells, self.width_cells) - self.cells(self.platform)) // 2


def slope_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Inverted pyramid: slopes of `slope` d from the platform at the bottom to the edges."""
    return -_pyramid(tile, difficulty)


def slope_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Pyramid: slopes of `slope` d from the platform at the top to the edges."""
    return _pyramid(tile, difficulty)


def rough_slope_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """`slope_up` with uniform noise of `roughness`, platform included."""
    return _noise(tile, rng) - _pyramid(tile, difficulty)


def rough_slope_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """`slope_down` with uniform noise of `roughness`, platform included."""
    return _noise(tile, rng) + _pyramid(tile, difficulty)


def stairs_up(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Steps of `step_height` from the platform at the bottom to the edges."""
    return -_stairs(tile, difficulty)


def stairs_down(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Steps of `step_height` from the platform at the top to the edges."""
    return _stairs(tile, difficulty)


def discrete(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """20 rectangles, 1 to 2 m a side, of heights h, h/2, -h/2 or -h, h `obstacle_height`; later ones cover earlier."""
    height = _grown(tile.cfg.obstacle_height, difficulty)
    heights = np.zeros(tile.shape)
    shortest, longest = (tile.cells(side) for side in OBSTACLE_SIZE)
    for _ in range(NUM_OBSTACLES):
        size = rng.integers(shortest, longest, endpoint=True, size=2)
        x, y = rng.integers(1, np.array(tile.shape) - size)  # vertex 0 and the last one belong to the outline
        heights[x : x + size[0], y : y + size[1]] = height * rng.choice([-1.0, -0.5, 0.5, 1.0])
    heights[tile.on_platform()] = 0.0
    return heights


def stepping_stones(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """Square stones of 1.5 (1.05 - d) m, 0.05 m (d = 0) or 0.1 m apart, each row shifted along y by a random phase."""
    stone = tile.cells(1.5 * (1.05 - difficulty))
    gap = tile.cells(0.05 if difficulty == 0 else 0.1)
    rim = tile.cells(STONE_FIELD_RIM)
    heights = np.full(tile.shape, -HOLE_DEPTH)
    for x in range(rim + gap, tile.length_cells, stone + gap):
        phase = (np.arange(tile.width_cells + 1) + rng.integers(stone + gap)) % (stone + gap)
        heights[x : x + stone, phase < stone] = 0.0
    heights[(tile.edge_distance() < rim) | tile.on_platform()] = 0.0
    return heights


def gap(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """A moat d m wide around the platform."""
    heights = np.zeros(tile.shape)
    if difficulty > 0:
        inner = tile.cells(tile.platform) / 2
        distance = tile.centre_distance()
        heights[(distance > inner) & (distance <= inner + tile.cells(difficulty))] = -HOLE_DEPTH
    return heights


def pit(tile: Tile, difficulty: float, rng: np.random.Generator) -> np.ndarray:
    """The platform lies d m below the rest of the tile."""
    return np.where(tile.on_platform(), -float(difficulty), 0.0)


def _pyramid(tile: Tile, difficulty: float) -> np.ndarray:
    rise = np.minimum(tile.edge_distance(), tile.cells_to_platform())
    return tile.cfg.slope * difficulty * tile.cell * rise


def _stairs(tile: Tile, difficulty: float) -> np.ndarray:
    width = tile.cells(tile.cfg.step_width)
    steps = np.minimum(tile.edge_distance() // width, tile.cells_to_platform() // width)
    return _grown(tile.cfg.step_height, difficulty) * steps


def _grown(height: tuple[float, float], difficulty: float) -> float:
    """A height of the configuration at a difficulty, m."""
    return height[0] + height[1] * difficulty


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


Generator = Callable[[Tile, float, np.random.Generator], np.ndarray]

GENERATORS: dict[str, Generator] = {
    function.__name__: function
    for function in (
        slope_up,
        slope_down,
        rough_slope_up,
        rough_slope_down,
        stairs_up,
        stairs_down,
        discrete,
        stepping_stones,
        gap,
        pit,
    )
}
"""Terrain type -> generator: heights in m, [length_cells + 1, width_cells + 1], of a tile of difficulty 0 to 1.2."""
