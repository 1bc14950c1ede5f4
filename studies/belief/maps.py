"""The terrain maps of the evaluation."""

import copy

import numpy as np

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain

STEP_HEIGHTS = [round(0.06 + 0.02 * level, 2) for level in range(10)]
"""Step heights of success against height, m: a level each."""
_STAIRS, _DISCRETE = (0.05, 0.18), (0.05, 0.2)
"""Step height at difficulty 0 and its rise up to difficulty 1, m (see `terrain/generators.py`)."""

PROBE_STEP = 0.12
"""Height of the step that only the map or only the ground has, m."""
FLAT, STEP, HIGH = 0, 1, 5
"""Levels of the probes' map: its pits have no step and one of 12 cm, its stairs have steps of 15.8 cm."""
STAIRS, RANDOM_HEIGHTS, STEP_UP, GHOST_STEP, HIDDEN_STEP, SLIP = PROBE_COLUMNS = (
    "stairs", "random heights", "step up", "ghost step", "hidden step", "slip and drift",
)  # fmt: skip
"""Columns of the probes' map: two of stairs up, four of pits."""
NOISE_HEIGHT = 0.25
"""The map of random heights lies within +- this of the ground, m, independently at every vertex."""


def stairs(terrain: TerrainCfg) -> None:
    """Stairs up and down of `STEP_HEIGHTS`, in place of a task's map."""
    _steps(terrain, {"stairs_up": 1.0, "stairs_down": 1.0}, 2, *_STAIRS)


def discrete(terrain: TerrainCfg) -> None:
    """Discrete obstacles of `STEP_HEIGHTS`, ten different tiles each, in place of a task's map."""
    _steps(terrain, {"discrete": 1.0}, 10, *_DISCRETE)


def _steps(terrain: TerrainCfg, proportions: dict[str, float], columns: int, lowest: float, rise: float) -> None:
    terrain.terrain_proportions = proportions
    terrain.num_rows, terrain.num_cols = len(STEP_HEIGHTS), columns
    terrain.step_height = terrain.obstacle_height = (lowest, rise)
    first, spacing = STEP_HEIGHTS[0], STEP_HEIGHTS[1] - STEP_HEIGHTS[0]
    low = (first - lowest) / rise
    terrain.difficulty_range = (low, low + len(STEP_HEIGHTS) * spacing / rise)


def probes(terrain: TerrainCfg) -> None:
    """The ground of the probes, in place of a task's map; level l has the difficulty 0.12 l."""
    terrain.terrain_proportions = {"stairs_up": 2.0, "pit": 4.0}
    terrain.sizes = {"pit": (0.0, 1.0)}
    terrain.num_rows, terrain.num_cols = HIGH + 1, len(PROBE_COLUMNS)
    terrain.difficulty_range = (0.0, PROBE_STEP * (HIGH + 1))


def believed(ground: Terrain) -> Terrain:
    """The map that robots on the map of `probes` believe in.

    It differs from the ground on three tiles: `GHOST_STEP` has a step up of 12 cm all around the start, 1.5 m away;
    `HIDDEN_STEP` lacks the one that is there; and `RANDOM_HEIGHTS` shows noise in which no step can be seen.
    """
    wrong = copy.copy(ground)
    wrong.heights = ground.heights.copy()
    step_up = _tile(ground, STEP, STEP_UP) - _tile(ground, STEP, STEP_UP).min()
    _tile(wrong, FLAT, GHOST_STEP)[:] = step_up
    _tile(wrong, STEP, HIDDEN_STEP)[:] = -PROBE_STEP
    noisy = _tile(wrong, HIGH, RANDOM_HEIGHTS)
    rng = np.random.default_rng(0)
    noisy += rng.uniform(-NOISE_HEIGHT, NOISE_HEIGHT, noisy.shape).astype(np.float32)
    return wrong


def _tile(terrain: Terrain, level: int, probe: str) -> np.ndarray:
    """View of a tile's heights, without the vertices it shares with the next ones."""
    bounds = terrain.tile_bounds(level, PROBE_COLUMNS.index(probe))
    corners = np.array(bounds).reshape(2, 2) - np.array(terrain.origin_xy)
    (x, y), (x_end, y_end) = np.rint(corners / terrain.horizontal_scale).astype(int)
    return terrain.heights[x + 1 : x_end, y + 1 : y_end]
