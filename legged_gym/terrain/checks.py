"""Which terrain configurations can be built."""

import math

from legged_gym.config.suggest import nearest
from legged_gym.terrain.config import TerrainCfg
from legged_gym.utils.errors import UserError

MESH_TYPES = ("heightfield", "plane")
MIN_MARGIN = 1.25
"""Least ground between a tile's platform and its edges, m: the widest gap is 1.2 m."""
MAX_DIFFICULTY = 1.2
"""Training ends at 1; beyond, an evaluation asks for steps of 24 cm and more."""
MAX_CELL = 0.25
"""Coarsest grid that still shows steps and gaps, m."""
MAX_CELLS = 100_000_000
"""Largest map: 0.4 GB of heights, and samplers and engines hold several times that."""


def check_terrain(cfg: TerrainCfg, seed: int) -> None:
    """Check that a map can be built.

    Raises:
        UserError: a setting is unknown or impossible.
    """
    if cfg.mesh_type not in MESH_TYPES:
        hint = nearest(str(cfg.mesh_type), MESH_TYPES)
        raise UserError(f"terrain.mesh_type must be one of {', '.join(MESH_TYPES)}, not {cfg.mesh_type!r}{hint}")
    if seed < 0:
        raise UserError(f"terrain: the seed must be at least 0, not {seed}")
    for name in ("num_rows", "num_cols"):
        count = getattr(cfg, name)
        if not isinstance(count, int) or count < 1:
            raise UserError(f"terrain.{name} = {count!r} must be a whole number of at least 1")
    for name in ("horizontal_scale", "terrain_length", "terrain_width", "platform_size", "step_width"):
        _check_number(name, getattr(cfg, name), positive=True)
    for name in ("border_size", "slope", "roughness"):
        _check_number(name, getattr(cfg, name), positive=False)
    for name in ("step_height", "obstacle_height"):
        numbers = getattr(cfg, name)
        if len(numbers) != 2:
            raise UserError(f"terrain.{name} = {numbers!r} must be two numbers")
        for number in numbers:
            _check_number(name, number, positive=False)
    bounds = cfg.difficulty_range
    if len(bounds) != 2 or not 0.0 <= bounds[0] <= bounds[1] <= MAX_DIFFICULTY:
        raise UserError(f"terrain.difficulty_range = {bounds} must be (low, high) within 0 and {MAX_DIFFICULTY}")
    if cfg.mesh_type == "heightfield":
        _check_grid(cfg)


def _check_number(name: str, value: float, positive: bool) -> None:
    if not isinstance(value, int | float) or not math.isfinite(value) or value < 0 or (positive and value == 0):
        raise UserError(f"terrain.{name} = {value!r} must be a {'positive' if positive else 'non-negative'} number")


def _check_grid(cfg: TerrainCfg) -> None:
    """Sizes that the grid cannot hold."""
    cell = cfg.horizontal_scale
    for name in ("terrain_length", "terrain_width", "border_size"):
        cells = getattr(cfg, name) / cell
        if abs(cells - round(cells)) > 1e-6 * max(1.0, cells):
            raise UserError(
                f"terrain.{name} = {getattr(cfg, name)} m is no whole number of cells of {cell} m; "
                f"the nearest is {round(cells) * cell:.6g}"
            )
    least = cfg.platform_size + 2 * MIN_MARGIN
    if min(cfg.terrain_length, cfg.terrain_width) < least:
        size = f"{cfg.terrain_length:g} x {cfg.terrain_width:g} m"
        raise UserError(
            f"terrain: tiles of {size} are too small around a platform_size of {cfg.platform_size:g} m: "
            f"use at least {least:g} m"
        )
    if cell > MAX_CELL:
        raise UserError(f"terrain.horizontal_scale = {cell:g} m is too coarse: use at most {MAX_CELL:g} m")
    rows = (cfg.num_rows * cfg.terrain_length + 2 * cfg.border_size) / cell
    cols = (cfg.num_cols * cfg.terrain_width + 2 * cfg.border_size) / cell
    if rows * cols > MAX_CELLS:
        raise UserError(
            f"terrain: a map of {rows:.0f} x {cols:.0f} cells is too large: "
            "use a larger horizontal_scale or fewer rows and columns"
        )
