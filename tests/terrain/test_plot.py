"""The picture of the map."""

import matplotlib.image
import pytest

from legged_gym.scripts import plot_terrain as plot_terrain_script
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.plot import plot_terrain
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

SMALL = ["--set", "terrain.num_rows=2", "--set", "terrain.num_cols=10", "--set", "terrain.horizontal_scale=0.1"]


def test_writes_a_picture(tmp_path) -> None:
    out = tmp_path / "map.png"
    plot_terrain_script.main(["--out", str(out), "--seed", "3", *SMALL])
    image = matplotlib.image.imread(out)
    assert image.shape[1] == 2250 and image.shape[0] > 500
    assert image[..., :3].std() > 0.05


def test_one_profile_a_type() -> None:
    cfg = TerrainCfg()
    cfg.horizontal_scale, cfg.num_rows, cfg.num_cols = 0.1, 2, 10
    figure = plot_terrain(Terrain(cfg, 0))
    titles = {text.get_text() for axes in figure.axes for text in [axes.title]}
    assert {"slope up", "rough slope up", "stairs up", "stairs down", "discrete"} <= titles


def test_refusals(tmp_path) -> None:
    with pytest.raises(UserError, match="nothing to draw"):
        plot_terrain_script.main(["--set", "terrain.mesh_type=plane"])
    with pytest.raises(UserError, match="did you mean terrain.num_rows"):
        plot_terrain_script.main(["--set", "terrain.num_row=2"])
    with pytest.raises(UserError, match="cannot write"):
        plot_terrain_script.main(["--out", str(tmp_path / "absent" / "map.png"), *SMALL])
