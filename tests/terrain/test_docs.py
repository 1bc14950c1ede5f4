"""docs/terrain.md says what the declarations say, and its example is true."""

import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.kinds import CROSSINGS, GENERATORS, KINDS, SIZES
from legged_gym.terrain.terrain import Terrain

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "terrain.md").read_text(encoding="utf-8")
HEAD = "| kind | type | | size, difficulty 0 -> 1 | levels 0, 4, 9 |\n|---|---|---|---|---|\n"


def row(kind: str, name: str) -> str:
    what = (inspect.getdoc(GENERATORS[name]) or "").splitlines()[0]
    size = SIZES.get(name)
    easy, hard = size.ends(TerrainCfg) if size else (0.0, 0.0)
    sizes = f"{size.meaning}: {easy:g} -> {hard:g} {size.unit}" if size else ""
    cross = " ✚" if name in CROSSINGS else ""
    picture = f"[![{name}](terrain/{name}.png)](terrain/{name}_levels.png)"
    return f"| `{kind}` | `{name}`{cross} | {what} | {sizes} | {picture} |"


def ours() -> list[tuple[str, str]]:
    return [
        (kind, name)
        for kind, names in KINDS.items()
        for name in names
        if GENERATORS[name].__module__.startswith("legged_gym.")
    ]


def test_the_table_is_that_of_the_declarations() -> None:
    table = HEAD + "\n".join(row(kind, name) for kind, name in ours())
    assert table in TEXT, f"docs/terrain.md must hold this table:\n\n{table}\n"


def test_every_type_has_a_picture_and_every_picture_a_type() -> None:
    pictures = {f"{name}{ending}" for _, name in ours() for ending in ("", "_levels")}
    assert {path.stem for path in (DOCS / "terrain").iterdir()} == pictures
    assert sum(path.stat().st_size for path in (DOCS / "terrain").iterdir()) < 2_500_000


def test_the_example_is_a_terrain_type() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    cfg = TerrainCfg()
    cfg.num_rows, cfg.num_cols, cfg.horizontal_scale, cfg.border_size = 2, 1, 0.1, 0.0
    cfg.terrain_proportions = {"trapdoor": 1.0}
    try:
        exec(example, {"__name__": __name__})
        terrain = Terrain(cfg, seed=0)
        assert terrain.sizes() == {"trapdoor": pytest.approx([0.1, 0.3])} and terrain.crossings().all()
    finally:
        for known in (KINDS, SIZES, GENERATORS._entries):
            known.pop("trapdoor", None)
        CROSSINGS.discard("trapdoor")
    assert np.flatnonzero(terrain.heights[80:, 40] < 0.0).tolist() == [22, 23, 24, 56, 57, 58]  # 0.3 m at level 1
    assert terrain.ceiling is not None and terrain.ceiling[80 + 56, 40] == np.float32(0.6)
