from collections import Counter

import pytest

from legged_gym.deploy.tiles import Tile, build_terrain, tiles
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError


class SmallCfg(TerrainCfg):
    num_rows, num_cols, border_size = 2, 5, 1.0
    terrain_proportions = {"stairs_up": 0.6, "discrete": 0.4}


class PlaneCfg(SmallCfg):
    mesh_type = "plane"


def test_the_map_is_that_of_the_policys_training() -> None:
    cfg, expected = SmallCfg(), Terrain(SmallCfg(), seed=4)
    for kind in (None, "all", "discrete"):
        assert (build_terrain(cfg, kind, 4).heights == expected.heights).all()
    assert build_terrain(cfg, "plane", 4).is_plane
    assert build_terrain(PlaneCfg(), None, 4).is_plane
    assert not build_terrain(PlaneCfg(), "all", 4).is_plane
    assert cfg.mesh_type == "heightfield" and cfg.terrain_proportions == SmallCfg.terrain_proportions


def test_a_type_that_training_had_not_gets_a_map_of_its_own() -> None:
    assert set(build_terrain(SmallCfg(), "pit", 4).type_names) == {"pit"}
    assert set(build_terrain(SmallCfg(), "gap_track", 4).type_names) == {"gap", "gap_track"}  # of one kind
    assert "slope_down" in build_terrain(SmallCfg(), "slope_down", 4).type_names
    with pytest.raises(UserError, match="unknown terrain 'stair_up'; did you mean stairs_up"):
        build_terrain(SmallCfg(), "stair_up", 4)


def test_each_type_and_level_gets_its_trials() -> None:
    terrain = Terrain(SmallCfg(), seed=4)
    assert terrain.type_names == ["stairs_up"] * 3 + ["discrete"] * 2
    everything = list(tiles(terrain, None, None, trials=4))
    counts = Counter((terrain.type_names[tile.column], tile.level) for tile in everything)
    assert counts == {(name, level): 4 for name in ("stairs_up", "discrete") for level in (0, 1)}
    assert len(set(everything)) == 16
    assert list(tiles(terrain, "discrete", 1, trials=3)) == [Tile(1, 3, 0), Tile(1, 4, 1), Tile(1, 3, 2)]


def test_levels_are_checked() -> None:
    with pytest.raises(UserError, match="no terrain level 2; levels are 0 to 1"):
        list(tiles(Terrain(SmallCfg(), seed=4), None, 2, trials=1))
    plane = Terrain(PlaneCfg(), seed=4)
    assert list(tiles(plane, None, None, trials=2)) == [Tile(0, 0, 0), Tile(0, 0, 1)]
    with pytest.raises(UserError, match="a plane has no levels"):
        list(tiles(plane, "plane", 0, trials=1))
