"""Pieces of terrain as legged_gym's scripts make them: heights on a grid, written by generators, made a mesh of.

Heights are whole numbers of `vertical_scale`; generators take metres and cut them off to whole cells and steps. They
draw from NumPy's global generator, which scripts seed. Written from the description of what they make; `from
isaacgym.terrain_utils import *` gives `np`, too.
"""

import numpy as np

from robust_parallel.errors import UserError

_MOST_STEPS = np.iinfo(np.int16).max
"""Of a height: they are kept in 16 bits."""


class SubTerrain:
    """A grid of heights."""

    def __init__(
        self,
        terrain_name: str = "terrain",
        width: int = 256,
        length: int = 256,
        vertical_scale: float = 1.0,
        horizontal_scale: float = 1.0,
    ) -> None:
        """Level ground.

        Args:
            terrain_name: what a script calls it.
            width: rows, along x.
            length: columns, along y.
            vertical_scale: m a step of height.
            horizontal_scale: m a cell.

        Raises:
            UserError: it has no extent.
        """
        if min(width, length) < 1 or not (vertical_scale > 0.0 and horizontal_scale > 0.0):
            raise UserError(
                f"isaacgym: SubTerrain: {width} x {length} cells of {horizontal_scale} m, heights in {vertical_scale} m"
            )
        self.terrain_name = terrain_name
        self.width, self.length = width, length
        self.vertical_scale, self.horizontal_scale = vertical_scale, horizontal_scale
        self.height_field_raw = np.zeros((width, length), dtype=np.int16)


def random_uniform_terrain(
    terrain: SubTerrain, min_height: float, max_height: float, step: float = 1, downsampled_scale: float | None = None
) -> SubTerrain:
    """Add noise: multiples of `step` between two heights, drawn every `downsampled_scale` and linear in between, m."""
    low, high, rise = (_steps(terrain, height) for height in (min_height, max_height, step))
    _require(
        low <= high and rise > 0, "random_uniform_terrain", f"heights from {min_height} to {max_height} by {step} m"
    )
    coarse = terrain.horizontal_scale / (downsampled_scale or terrain.horizontal_scale)
    shape = int(terrain.width * coarse), int(terrain.length * coarse)
    drawn = np.random.choice(np.arange(low, high + rise, rise), shape)
    noise = _resampled(_resampled(drawn, terrain.width).T, terrain.length).T
    terrain.height_field_raw += np.rint(noise).astype(np.int16)
    return terrain


def sloped_terrain(terrain: SubTerrain, slope: float = 1) -> SubTerrain:
    """Add a slope along x, rise over run."""
    rise = int(slope * terrain.horizontal_scale / terrain.vertical_scale * terrain.width)
    ramp = rise * np.arange(terrain.width) / terrain.width
    terrain.height_field_raw += ramp.astype(np.int16)[:, None]
    return terrain


def pyramid_sloped_terrain(terrain: SubTerrain, slope: float = 1, platform_size: float = 1.0) -> SubTerrain:
    """Add a hill, or with a negative slope a basin, cut off level at a platform of some size, m."""
    rise = int(slope * terrain.horizontal_scale / terrain.vertical_scale * terrain.width / 2)
    hill = rise * np.outer(_tent(terrain.width), _tent(terrain.length))
    terrain.height_field_raw += hill.astype(np.int16)
    half = int(platform_size / terrain.horizontal_scale / 2)
    top = terrain.height_field_raw[terrain.width // 2 - half, terrain.length // 2 - half]
    terrain.height_field_raw = np.clip(terrain.height_field_raw, min(top, 0), max(top, 0))
    return terrain


def wave_terrain(terrain: SubTerrain, num_waves: float = 1, amplitude: float = 1.0) -> SubTerrain:
    """Add waves along x and y; `amplitude` is from their valleys to their tops each, m."""
    if num_waves > 0:
        height = _steps(terrain, 0.5 * amplitude)
        angle = 2.0 * np.pi * num_waves / terrain.length
        waves = np.sin(angle * np.arange(terrain.width))[:, None] + np.cos(angle * np.arange(terrain.length))
        terrain.height_field_raw += (height * waves).astype(np.int16)
    return terrain


def stairs_terrain(terrain: SubTerrain, step_width: float, step_height: float) -> SubTerrain:
    """Add stairs up along x, of treads and risers of some size, m."""
    tread, rise = _cells(terrain, step_width), _steps(terrain, step_height)
    _require(tread > 0, "stairs_terrain", f"a step_width of {step_width} m")
    count = terrain.width // tread
    climbed = np.repeat(rise * np.arange(1, count + 1), tread)
    terrain.height_field_raw[: count * tread] += climbed.astype(np.int16)[:, None]
    return terrain


def pyramid_stairs_terrain(
    terrain: SubTerrain, step_width: float, step_height: float, platform_size: float = 1.0
) -> SubTerrain:
    """Make stairs from all sides up to a platform, or with a negative height down to one, m."""
    tread, rise, platform = (
        _cells(terrain, step_width), _steps(terrain, step_height), _cells(terrain, platform_size),
    )  # fmt: skip
    _require(tread > 0, "pyramid_stairs_terrain", f"a step_width of {step_width} m")
    height, edge = 0, 0
    while min(terrain.width, terrain.length) - 2 * edge > platform:
        edge += tread
        height += rise
        terrain.height_field_raw[edge : terrain.width - edge, edge : terrain.length - edge] = height
    return terrain


def discrete_obstacles_terrain(
    terrain: SubTerrain,
    max_height: float,
    min_size: float,
    max_size: float,
    num_rects: int,
    platform_size: float = 1.0,
) -> SubTerrain:
    """Make rectangles of some sizes, m, at the height, its half, or as deep, and a level platform in the middle."""
    height = _steps(terrain, max_height)
    heights = [-height, -height // 2, height // 2, height]
    sizes = range(_cells(terrain, min_size), _cells(terrain, max_size), 4)
    rows, cols = terrain.height_field_raw.shape
    fits = len(sizes) > 0 and sizes[0] >= 0 and sizes[-1] < min(rows, cols) and num_rects >= 0
    _require(fits, "discrete_obstacles_terrain", f"{num_rects} rectangles of {min_size} to {max_size} m")
    for _ in range(num_rects):
        width, length = np.random.choice(sizes), np.random.choice(sizes)
        row = np.random.choice(range(0, rows - width, 4))
        col = np.random.choice(range(0, cols - length, 4))
        terrain.height_field_raw[row : row + width, col : col + length] = np.random.choice(heights)
    return _with_platform(terrain, platform_size, 0)


def stepping_stones_terrain(
    terrain: SubTerrain,
    stone_size: float,
    stone_distance: float,
    max_height: float,
    platform_size: float = 1.0,
    depth: float = -10,
) -> SubTerrain:
    """Make square stones of some size, at some distance and of different heights, in a hole, m.

    The rows of stones run along the shorter side; each begins somewhere else. The middle is a level platform.
    """
    stone, gap = _cells(terrain, stone_size), _cells(terrain, stone_distance)
    _require(stone > 0 and gap >= 0, "stepping_stones_terrain", f"stones of {stone_size} m, {stone_distance} m apart")
    height = _steps(terrain, max_height)
    heights = np.arange(-height - 1, height)
    terrain.height_field_raw[:] = _steps(terrain, depth)
    along_x = terrain.length >= terrain.width
    field = terrain.height_field_raw if along_x else terrain.height_field_raw.T
    for across in range(0, field.shape[1], stone + gap):
        row = field[:, across : across + stone]
        first = np.random.randint(0, stone)
        row[: max(0, first - gap)] = np.random.choice(heights)
        for along in range(first, len(row), stone + gap):
            row[along : along + stone] = np.random.choice(heights)
    return _with_platform(terrain, platform_size, 0)


def gap_terrain(terrain: SubTerrain, gap_size: float, platform_size: float = 1.0) -> SubTerrain:
    """Make a gap of some width all around a platform, m; it is 1000 steps of height deep."""
    gap, half = _cells(terrain, gap_size), _cells(terrain, platform_size) // 2
    x, y = terrain.width // 2, terrain.length // 2
    outer = half + gap
    terrain.height_field_raw[x - outer : x + outer, y - outer : y + outer] = -1000
    terrain.height_field_raw[x - half : x + half, y - half : y + half] = 0
    return terrain


def pit_terrain(terrain: SubTerrain, depth: float, platform_size: float = 1.0) -> SubTerrain:
    """Make a pit of some depth where the platform would be, m."""
    half = int(platform_size / terrain.horizontal_scale / 2)
    x, y = terrain.width // 2, terrain.length // 2
    terrain.height_field_raw[x - half : x + half, y - half : y + half] = -_steps(terrain, depth)
    return terrain


def convert_heightfield_to_trimesh(
    height_field_raw: np.ndarray,
    horizontal_scale: float,
    vertical_scale: float,
    slope_threshold: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Make a mesh of a grid of heights; two triangles a cell share the diagonal from its low to its high indices.

    Args:
        height_field_raw: [rows, columns], in steps of height, whole or not.
        horizontal_scale: m a cell.
        vertical_scale: m a step.
        slope_threshold: steeper faces than this, as rise over run, become vertical: the vertex below is moved by one
            cell, under the one above; along x, along y, or across if it is moved along neither.

    Returns:
        Vertices [rows x columns, 3], float32, m, and the vertices of the triangles [T, 3], uint32.

    Raises:
        UserError: it is no grid of 2 x 2 heights or more.
    """
    heights = np.asarray(height_field_raw)
    _require(
        heights.ndim == 2 and min(heights.shape) > 1, "convert_heightfield_to_trimesh", f"a mesh of {heights.shape}"
    )
    if heights.dtype.kind in "iu":
        heights = heights.astype(np.int64)  # differences of short ones would overflow
    rows, cols = heights.shape
    x, y = np.meshgrid(np.arange(rows) * horizontal_scale, np.arange(cols) * horizontal_scale, indexing="ij")
    if slope_threshold is not None:
        steep = slope_threshold * horizontal_scale / vertical_scale
        along_x, along_y, across = (_moves(heights, step, steep) for step in ((1, 0), (0, 1), (1, 1)))
        x = x + horizontal_scale * np.where(along_x == 0, across, along_x)
        y = y + horizontal_scale * np.where(along_y == 0, across, along_y)
    vertices = np.stack((x, y, heights * vertical_scale), axis=-1).reshape(-1, 3).astype(np.float32)
    first = np.arange(rows * cols).reshape(rows, cols)[:-1, :-1].ravel()
    upper = np.stack((first, first + cols + 1, first + 1), axis=1)
    lower = np.stack((first, first + cols, first + cols + 1), axis=1)
    return vertices, np.stack((upper, lower), axis=1).reshape(-1, 3).astype(np.uint32)


def _moves(heights: np.ndarray, step: tuple[int, int], steep: float) -> np.ndarray:
    """Cells by which each vertex moves along a step of the grid: 1 where the next one is much higher, -1 backwards."""
    rows, cols = heights.shape
    here, there = heights[: rows - step[0], : cols - step[1]], heights[step[0] :, step[1] :]
    moves = np.zeros(heights.shape, dtype=np.int64)
    moves[: rows - step[0], : cols - step[1]] += there - here > steep
    moves[step[0] :, step[1] :] -= here - there > steep
    return moves


def _cells(terrain: SubTerrain, length: float) -> int:
    return int(length / terrain.horizontal_scale)


def _steps(terrain: SubTerrain, height: float) -> int:
    steps = int(height / terrain.vertical_scale)
    _require(abs(steps) <= _MOST_STEPS, "SubTerrain", f"a height of {height} m in steps of {terrain.vertical_scale} m")
    return steps


def _require(holds: bool, generator: str, what: str) -> None:
    if not holds:
        raise UserError(f"isaacgym: {generator}: {what} cannot be made")


def _tent(count: int) -> np.ndarray:
    """From 0 at the first of some points up to 1 at the middle one, and down again."""
    middle = count // 2
    return (middle - np.abs(middle - np.arange(count))) / middle


def _resampled(values: np.ndarray, count: int) -> np.ndarray:
    """A number of rows, linear between those given [n, m], the first and last the same."""
    at = np.linspace(0, len(values) - 1, count)
    low = np.minimum(at.astype(int), max(len(values) - 2, 0))
    part = (at - low)[:, None]
    return (1.0 - part) * values[low] + part * values[np.minimum(low + 1, len(values) - 1)]


def _with_platform(terrain: SubTerrain, size: float, height: int) -> SubTerrain:
    """Level the middle."""
    cells = _cells(terrain, size)
    rows = slice((terrain.width - cells) // 2, (terrain.width + cells) // 2)
    cols = slice((terrain.length - cells) // 2, (terrain.length + cells) // 2)
    terrain.height_field_raw[rows, cols] = height
    return terrain
