"""Pictures of tiles from above, at places worked out by hand."""

import math
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from legged_gym.scripts import plot_terrain as script
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import SIZES
from legged_gym.terrain.relief import AZIMUTH, ELEVATION, MARGIN, PIXEL, ROBOT_COLOR, SHADOW, draw_levels, draw_tiles
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError


def map_of(kind: str, **fields: object) -> Terrain:
    """One tile with vertical faces."""
    cfg = TerrainCfg()
    cfg.num_rows = cfg.num_cols = 1
    cfg.terrain_proportions, cfg.sizes, cfg.slope_threshold = {kind: 1.0}, {}, 0.95
    cfg.horizontal_scale, cfg.border_size = 0.1, 0.0
    if kind in SIZES:
        cfg.sizes = {kind: (0.5, 0.5)}
    for name, value in fields.items():
        setattr(cfg, name, value)
    return Terrain(cfg, 0)


def place_of(image: np.ndarray, x: float, y: float, z: float) -> tuple[int, int]:
    """Row and column of a point of the first tile: its middle lies in the middle of the picture of a level tile."""
    side = x * math.sin(AZIMUTH) - y * math.cos(AZIMUTH)
    away = x * math.cos(AZIMUTH) + y * math.sin(AZIMUTH)
    up = away * math.sin(ELEVATION) + z * math.cos(ELEVATION)
    far = 4.0 * (math.cos(AZIMUTH) + math.sin(AZIMUTH)) * math.sin(ELEVATION)  # of the farthest corner, the first row
    width = image.shape[1] - 2 * MARGIN
    return round((far - up) / PIXEL), round(MARGIN + width / 2 + side / PIXEL)


def test_ground_at_its_place_in_the_colours_of_its_height() -> None:
    """A moat of 0.5 m around the platform, whose wall, 1.55 m from the middle, is seen 0.3 m down."""
    image = draw_tiles(map_of("gap"), "gap", [0])
    assert image.dtype == np.uint8 and (image[0, 0] == 255).all() and (image[-1, 0] == 255).all()
    level = image[place_of(image, 3.0, 0.5, 0.0)].astype(int)
    assert level.min() > 200 and level[0] >= level[2]  # sand
    wall = image[place_of(image, 0.5, -1.55, -0.3)].astype(int)
    assert wall[2] > wall[0] and wall.max() < 120  # dark blue
    robot = image[place_of(image, 0.0, 0.0, 0.4)]
    assert robot.tolist() == pytest.approx([255 * part for part in ROBOT_COLOR], abs=8)


def test_higher_ground_stands_higher_and_hides_what_is_behind() -> None:
    """A plateau 0.5 m high from 2.0 to 3.2 m: its wall towards the viewer, its top, and the ground just behind it."""
    image = draw_tiles(map_of("platform"), "platform", [0]).astype(int)
    places = (-3.25, 0.0, 0.25), (-2.5, 0.5, 0.5), (-1.9, 0.5, 0.0), (-3.7, 0.5, 0.0)
    wall, top, behind, level = (image[place_of(image, *place)] for place in places)
    assert (wall < 0.6 * level).all()
    assert behind == pytest.approx(top, abs=16) and abs(top - level).max() > 50


def test_what_hangs_is_over_its_shadow() -> None:
    """A roof 0.5 m up from 2.2 to 2.9 m: below its near edge the viewer sees under it."""
    fields = {"terrain_proportions": {"crawl": 1.0}, "sizes": {"crawl_tunnel": (0.5, 0.5)}, "num_cols": 2}
    image = draw_tiles(map_of("crawl", **fields), "crawl_tunnel", [0]).astype(int)
    roof = image[place_of(image, 2.5, 0.5, 0.55)]
    assert roof[2] > roof[0]  # bluish
    shadow, ground = image[place_of(image, -2.85, 0.5, 0.0)], image[place_of(image, -3.5, 0.5, 0.0)]
    assert shadow == pytest.approx(SHADOW * ground, rel=0.1)


def test_levels_stand_side_by_side_and_as_high_as_what_is_drawn() -> None:
    terrain = map_of("pit", num_rows=2)
    one, two = draw_tiles(terrain, "pit", [0]), draw_tiles(terrain, "pit", [0, 1])
    assert two.shape == (one.shape[0], 2 * one.shape[1], 3) and np.array_equal(two[:, : one.shape[1]], one)
    extent = 8.0 * (math.cos(AZIMUTH) + math.sin(AZIMUTH))
    assert one.shape[1] == pytest.approx(extent / PIXEL + 2 * MARGIN, abs=1.0)
    assert one.shape[0] == pytest.approx((extent * math.sin(ELEVATION) + 0.25 * math.cos(ELEVATION)) / PIXEL, abs=2.0)


def test_all_levels_stand_in_rows_of_five() -> None:
    """Six levels: the second row has one tile, and white beside it."""
    terrain = map_of("pit", num_rows=6)
    rows = draw_tiles(terrain, "pit", [0, 1, 2, 3, 4]), draw_tiles(terrain, "pit", [5])
    image = draw_levels(terrain, "pit")
    assert (image[: len(rows[0])] == rows[0]).all()
    assert (image[len(rows[0]) :, : rows[1].shape[1]] == rows[1]).all()
    assert (image[len(rows[0]) :, rows[1].shape[1] :] == 255).all() and image.shape[1] == rows[0].shape[1]


def test_a_plane_has_no_tiles() -> None:
    with pytest.raises(UserError, match="nothing to draw"):
        draw_tiles(map_of("gap", mesh_type="plane"), "plane", [0])


def test_the_program_writes_a_picture_of_each_type(tmp_path: Path) -> None:
    shares = '{"gap": 1.0, "tests.own_parts:waves": 1.0}'
    small = [f"terrain.terrain_proportions={shares}", "terrain.horizontal_scale=0.1", "terrain.num_cols=3"]
    flags = [part for field in small for part in ("--set", field)]
    script.main(["--tiles", str(tmp_path / "new"), "--set", "terrain.num_rows=2", *flags])
    written = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert written == [f"{name}{ending}.png" for name in ("gap", "gap_track", "waves") for ending in ("", "_levels")]
    image = matplotlib.image.imread(tmp_path / "new" / "gap.png")
    assert image.shape[1] == 2 * draw_tiles(map_of("pit"), "pit", [0]).shape[1]  # two levels
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        script.main(["--tiles", str(tmp_path / "file"), "--set", "terrain.num_rows=1", *flags])
