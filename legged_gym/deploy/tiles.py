"""The ground of the trials: the map of evaluate.py, a single terrain type of it, or a plane."""

import copy
from collections.abc import Iterator
from typing import NamedTuple

from legged_gym.config.suggest import nearest
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import GENERATORS, KINDS
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

ALL, PLANE = "all", "plane"


class Tile(NamedTuple):
    """One trial: where, and which of several there."""

    level: int
    column: int
    repeat: int


def check_kind(kind: str | None) -> None:
    """Refuse a name that is no terrain's.

    Raises:
        UserError: it names the nearest one, or lists them.
    """
    known = (ALL, PLANE, *GENERATORS)
    if kind is not None and kind not in known:
        raise UserError(f"unknown terrain {kind!r}{nearest(kind, known) or '; there are ' + ', '.join(known)}")


def check_level(level: int | None, num_levels: int) -> None:
    """Refuse a level that a map does not have.

    Raises:
        UserError: it says which ones it has.
    """
    if level is not None and not 0 <= level < num_levels:
        raise UserError(f"there is no terrain level {level}; levels are 0 to {num_levels - 1}")


def build_terrain(cfg: TerrainCfg, kind: str | None, seed: int, level: int | None = None) -> Terrain:
    """Build the map on which a terrain type is found.

    Args:
        cfg: what the policy was trained on.
        kind: terrain type, `all` those of the policy's training, or `plane`; None: `all` or `plane`, as it was trained.
        seed: of the map: evaluate.py's map with the same.
        level: that it is to have; None: any.

    Raises:
        UserError: no such terrain, or no such level.
    """
    check_kind(kind)
    cfg = copy.copy(cfg)
    if kind is not None:
        cfg.mesh_type = "plane" if kind == PLANE else "heightfield"
    if cfg.mesh_type != "plane":
        check_level(level, cfg.num_rows)
    terrain = Terrain(cfg, seed)
    if terrain.is_plane or kind in (None, ALL, *terrain.type_names):
        return terrain
    cfg.terrain_proportions = {group: 1.0 for group, kinds in KINDS.items() if kind in kinds}
    return Terrain(cfg, seed)


def tiles(terrain: Terrain, kind: str | None, level: int | None, trials: int) -> Iterator[Tile]:
    """The trials: as many for each terrain type and level, spread over the columns of the type.

    Args:
        terrain: the map.
        kind: the terrain type alone, or None or `all`.
        level: this level alone, or None.
        trials: of each type and level.

    Raises:
        UserError: no such level.
    """
    if terrain.is_plane:
        if level is not None:
            raise UserError("a plane has no levels: leave out --level")
        yield from (Tile(0, 0, repeat) for repeat in range(trials))
        return
    check_level(level, terrain.num_levels)
    levels = range(terrain.num_levels) if level is None else [level]
    names = terrain.type_names
    for name in dict.fromkeys(names) if kind in (None, ALL) else [kind]:
        columns = [column for column, other in enumerate(names) if other == name]
        for level in levels:
            yield from (Tile(level, columns[repeat % len(columns)], repeat) for repeat in range(trials))
