"""Pictures of tiles, obliquely from above: the ground with its vertical faces, what hangs over it, a block for a robot.

Orthographic. A tile is sampled on a grid [depth, side] turned to the viewer. In each of its columns, from the front to
the back, what stands out over everything before it is seen.
"""

import math

import numpy as np
from matplotlib.colors import AsinhNorm, to_rgb

from legged_gym.terrain.plot import CEILING, GROUND
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

AZIMUTH, ELEVATION = math.radians(28.0), math.radians(40.0)
"""Direction of view: towards +x and +y, and downwards."""
PIXEL = 0.04
"""Side of a pixel, m on the plane of the picture."""
SMOOTHING = 2
"""Points to each side of a pixel."""
ROBOT = (0.70, 0.31, 0.40)
"""Length, width and height of the block, m: a standing Go2."""
SLAB = 0.1
"""Drawn thickness of what hangs, m."""
BASE = 0.25
"""Drawn thickness of the ground at the front edges, m."""
MAX_HEIGHT = 1.5
"""Of the ground's last colour, and room on the picture above and below, m."""
LIGHT = np.array([-0.48, 0.36, 0.80])
"""Direction to the light; its length is 1."""
FACE_BRIGHTNESS = 0.55
SHADOW = 0.6
"""Brightness of the ground straight below what hangs."""
ROBOT_COLOR = (0.13, 0.20, 0.27)
MARGIN = 8
"""Between two tiles, pixels."""
ROW = 5
"""Tiles in a row of a picture of all levels."""


def draw_tiles(terrain: Terrain, name: str, levels: list[int]) -> np.ndarray:
    """Tiles of a terrain type side by side.

    Args:
        terrain: a map with the type.
        name: of the type.
        levels: of the tiles, from left to right.

    Returns:
        RGB [height, width, 3], uint8, on white.

    Raises:
        UserError: the terrain is a plane.
    """
    if terrain.is_plane:
        raise UserError("terrain.mesh_type is plane: there is nothing to draw")
    column = terrain.type_names.index(name)
    margins = (0, 0), (MARGIN, MARGIN), (0, 0)
    tiles = [np.pad(_draw_tile(terrain, level, column), margins, constant_values=1.0) for level in levels]
    image = np.concatenate(tiles, axis=1)
    drawn = np.flatnonzero((image < 1.0).any(axis=(1, 2)))
    return np.rint(255.0 * image[drawn[0] : drawn[-1] + 1]).astype(np.uint8)


def draw_levels(terrain: Terrain, name: str) -> np.ndarray:
    """All levels of a terrain type, `ROW` in a row, the easiest first: as :func:`draw_tiles`."""
    rows = [range(first, min(first + ROW, terrain.num_levels)) for first in range(0, terrain.num_levels, ROW)]
    images = [draw_tiles(terrain, name, list(levels)) for levels in rows]
    widest = max(image.shape[1] for image in images)
    padded = [np.pad(image, ((0, 0), (0, widest - image.shape[1]), (0, 0)), constant_values=255) for image in images]
    return np.concatenate(padded)


def _draw_tile(terrain: Terrain, level: int, column: int) -> np.ndarray:
    """RGB [height, width, 3] of a tile, 0 to 1; every tile of a map has the same size."""
    sides, depths = (_points(extent) for extent in _extents(terrain.tile_size))
    rise = depths[:, None] * math.sin(ELEVATION)  # on the picture, of a point at height 0
    rows = _points(2.0 * (rise.max() + MAX_HEIGHT * math.cos(ELEVATION)))  # of the picture, upwards
    x = depths[:, None] * math.cos(AZIMUTH) + sides * math.sin(AZIMUTH)
    y = depths[:, None] * math.sin(AZIMUTH) - sides * math.cos(AZIMUTH)
    ground, brightness, ceiling = _sample(terrain, level, column, x, y)
    robot = (abs(x) < ROBOT[0] / 2) & (abs(y) < ROBOT[1] / 2)
    ground += ROBOT[2] * robot

    highest = np.maximum.accumulate(rise + ground * math.cos(ELEVATION), axis=0)
    seen = np.stack([np.searchsorted(heights, rows) for heights in highest.T], axis=1)  # depth that a pixel shows
    place = np.minimum(seen, len(depths) - 1), np.arange(len(sides))
    height = (rows[:, None] - rise[place[0], 0]) / math.cos(ELEVATION)
    face = height < ground[place] - (terrain.slope_threshold or 1.0) * terrain.horizontal_scale
    color = GROUND(AsinhNorm(0.25, -MAX_HEIGHT, MAX_HEIGHT)(height))[..., :3]
    color[robot[place]] = ROBOT_COLOR
    color *= np.where(face, FACE_BRIGHTNESS, brightness[place])[..., None]
    below = (seen == np.isfinite(ground).argmax(axis=0)) & (height < -BASE)  # the tile's front edge
    color[below | (seen == len(depths))] = 1.0
    _cover(color, rise + ceiling * math.cos(ELEVATION), rows)
    return color[::-1].clip(0.0, 1.0).reshape(len(rows) // SMOOTHING, SMOOTHING, -1, SMOOTHING, 3).mean(axis=(1, 3))


def _extents(size: tuple[float, float]) -> tuple[float, float]:
    """How far a tile reaches sideways and away from the viewer, m."""
    length, width = size
    sine, cosine = math.sin(AZIMUTH), math.cos(AZIMUTH)
    return length * sine + width * cosine, length * cosine + width * sine


def _points(extent: float) -> np.ndarray:
    """Positions around 0, `SMOOTHING` to a pixel, of whole pixels, m."""
    count = SMOOTHING * math.ceil(extent / PIXEL)
    return (np.arange(count) - (count - 1) / 2) * PIXEL / SMOOTHING


def _sample(
    terrain: Terrain, level: int, column: int, x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A tile at points from its middle, of the nearest vertices: ground, brightness of its surface, and ceiling.

    Outside of the tile the ground is minus infinity.
    """
    x_min, y_min, x_max, y_max = terrain.tile_bounds(level, column)
    outside = (abs(x) > (x_max - x_min) / 2) | (abs(y) > (y_max - y_min) / 2)
    centre = np.array([x_min + x_max, y_min + y_max]) / 2 - np.array(terrain.origin_xy)
    indices = [
        np.rint((points + middle) / terrain.horizontal_scale) for points, middle in zip((x, y), centre, strict=True)
    ]
    last = np.array(terrain.heights.shape) - 1
    vertices = tuple(np.clip(index, 0, end).astype(int) for index, end in zip(indices, last, strict=True))
    ground = np.where(outside, -np.inf, terrain.heights[vertices])
    ceiling = np.full(ground.shape, np.inf) if terrain.ceiling is None else terrain.ceiling[vertices]
    ceiling = np.where(outside, np.inf, ceiling)
    squares = (np.floor(x) + np.floor(y)) % 2.0  # of 1 m
    pattern = np.where(np.isfinite(ceiling), SHADOW, 1.0 - 0.06 * squares)
    return ground, pattern * _light(terrain)[vertices], ceiling


def _light(terrain: Terrain) -> np.ndarray:
    """Brightness of the ground at every vertex [rows, cols], 1 where it is level; steep rises count as level."""
    steep = (terrain.slope_threshold or 1.0) * terrain.horizontal_scale
    slopes = [np.diff(terrain.heights, axis=axis, append=np.nan) for axis in (0, 1)]
    x, y = (np.where(abs(slope) < steep, slope, 0.0) / terrain.horizontal_scale for slope in slopes)
    lit = (LIGHT[2] - LIGHT[0] * x - LIGHT[1] * y) / np.sqrt(1.0 + x**2 + y**2)
    return np.clip(lit / LIGHT[2], 0.3, 1.05)


def _cover(color: np.ndarray, underside: np.ndarray, rows: np.ndarray) -> None:
    """Draw what hangs over a picture [row, side, 3]: translucent, its underside at [depth, side] on the picture, m."""
    hangs = np.isfinite(underside)
    side = np.nonzero(hangs)[1]
    ends = np.zeros((len(rows) + 1, underside.shape[1]))
    for height, step in ((underside[hangs], 1.0), (underside[hangs] + SLAB * math.cos(ELEVATION), -1.0)):
        np.add.at(ends, (np.searchsorted(rows, height), side), step)
    covered = np.cumsum(ends, axis=0)[:-1] > 0.5
    color[covered] = 0.4 * color[covered] + 0.6 * np.array(to_rgb(CEILING))
