"""The picture of the map."""

import matplotlib.image
import numpy as np
import pytest

from legged_gym.scripts import plot_terrain as plot_terrain_script
from legged_gym.scripts.programs import plot_terrain as plot_program
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


def test_a_profile_shows_vertical_faces_and_what_hangs() -> None:
    """One level of steps down, 0.1 m a cell: 0.05 m high and vertical; a bar two vertices wide."""
    cfg = TerrainCfg()
    cfg.horizontal_scale, cfg.num_rows, cfg.num_cols, cfg.terrain_proportions = 0.1, 1, 1, {"stairs_down": 1.0}
    terrain = Terrain(cfg, 0)
    terrain.slope_threshold = 0.4
    terrain.ceiling = np.full(terrain.heights.shape, np.inf, dtype=np.float32)
    middle = terrain.heights.shape[0] // 2
    terrain.ceiling[middle + 5 : middle + 7] = 0.6
    profile = next(axes for axes in plot_terrain(terrain).axes if axes.get_title() == "stairs down")
    ground, bar = (np.column_stack(line.get_data()) for line in profile.lines)
    assert not np.diff(ground[:, 0])[np.diff(ground[:, 1]) != 0.0].any()  # every rise is vertical
    face = ground[np.flatnonzero(np.diff(ground[:, 1]))[0]]
    assert face == pytest.approx([-3.75, 0.0])  # the first tread begins at -3.7 m
    np.testing.assert_allclose(bar[:, 0], [0.45, 0.45, 0.65, 0.65])
    np.testing.assert_allclose(bar[1:3, 1], 0.6, rtol=1e-6)


def test_a_task_has_its_own_ground_drawn(tmp_path, monkeypatch) -> None:
    drawn = []
    monkeypatch.setattr(plot_program, "plot_terrain", drawn.append)
    monkeypatch.setattr(plot_program, "write_picture", lambda *_, **__: None)
    flags = ["--set=terrain.num_rows=1", "--set=terrain.num_cols=20", "--out", str(tmp_path / "map.png")]
    plot_terrain_script.main(["--task=go2_sight", *flags])
    assert {"stepping_stones", "beams", "gap_track"} <= {*drawn[0].type_names}
    assert drawn[0].slope_threshold == 0.95 and drawn[0].num_levels == 1
    with pytest.raises(UserError, match="did you mean go2_sight"):
        plot_terrain_script.main(["--task=go2_sigth"])


def test_refusals(tmp_path, monkeypatch) -> None:
    with pytest.raises(UserError, match="nothing to draw"):
        plot_terrain_script.main(["--set", "terrain.mesh_type=plane"])
    with pytest.raises(UserError, match="nothing to draw"):
        plot_terrain_script.main(["--task=go2_flat", "--tiles", str(tmp_path)])
    with pytest.raises(UserError, match="did you mean terrain.num_rows"):
        plot_terrain_script.main(["--set", "terrain.num_row=2"])
    monkeypatch.setattr(plot_program, "Terrain", None)  # what cannot be written is told before anything is built
    with pytest.raises(UserError, match="cannot write"):
        plot_terrain_script.main(["--out", "/dev/null/map.png", *SMALL])
    with pytest.raises(UserError, match="must end in .png or another of"):
        plot_terrain_script.main(["--out", str(tmp_path / "map.xyz"), *SMALL])
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write to .*file: "):
        plot_terrain_script.main(["--tiles", str(tmp_path / "file"), *SMALL])
