"""The map of the rough task: rows of rising difficulty, columns of five kinds, as in legged_gym's paper."""

import numpy as np

from isaacgym import terrain_utils

CELL, STEP = 0.1, 0.005
"""Distance of heights, and unit of heights, m."""
TILE, BORDER = 8.0, 25.0
"""Side of a tile and width of the level margin, m."""
SLOPE_THRESHOLD = 0.75
"""Steeper faces are vertical in the mesh."""
KINDS = np.cumsum([0.1, 0.1, 0.35, 0.25, 0.2])
"""Shares of smooth slopes, rough slopes, stairs up, stairs down and obstacles."""


class Ground:
    """Heights of all tiles and the middles of the tiles."""

    def __init__(self, rows: int, columns: int) -> None:
        """Make tiles of `rows` levels and `columns` columns."""
        cells, margin = round(TILE / CELL), round(BORDER / CELL)
        self.samples = np.zeros((rows * cells + 2 * margin, columns * cells + 2 * margin), dtype=np.int16)
        self.origins = np.zeros((rows, columns, 3), dtype=np.float32)
        """Of the tiles, m."""
        for row in range(rows):
            for column in range(columns):
                heights = _tile(cells, column / columns + 0.001, row / rows)
                first = margin + row * cells, margin + column * cells
                self.samples[first[0] : first[0] + cells, first[1] : first[1] + cells] = heights
                middle = heights[cells // 2 - 10 : cells // 2 + 10, cells // 2 - 10 : cells // 2 + 10]
                self.origins[row, column] = (row + 0.5) * TILE, (column + 0.5) * TILE, middle.max() * STEP

    def mesh(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices and triangles, the first height at (-BORDER, -BORDER)."""
        return terrain_utils.convert_heightfield_to_trimesh(self.samples, CELL, STEP, SLOPE_THRESHOLD)


def _tile(cells: int, choice: float, difficulty: float) -> np.ndarray:
    tile = terrain_utils.SubTerrain("tile", width=cells, length=cells, vertical_scale=STEP, horizontal_scale=CELL)
    slope, height = 0.4 * difficulty, 0.05 + 0.18 * difficulty
    if choice < KINDS[1]:
        downhill = choice < KINDS[0] / 2 or choice > (KINDS[0] + KINDS[1]) / 2
        terrain_utils.pyramid_sloped_terrain(tile, slope=-slope if downhill else slope, platform_size=3.0)
        if choice > KINDS[0]:
            terrain_utils.random_uniform_terrain(tile, -0.05, 0.05, step=0.005, downsampled_scale=0.2)
    elif choice < KINDS[3]:
        height = -height if choice < KINDS[2] else height
        terrain_utils.pyramid_stairs_terrain(tile, step_width=0.31, step_height=height, platform_size=3.0)
    else:
        terrain_utils.discrete_obstacles_terrain(tile, 0.05 + 0.2 * difficulty, 1.0, 2.0, 20, platform_size=3.0)
    return tile.height_field_raw
