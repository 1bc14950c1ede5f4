"""Draw the terrain map: `python legged_gym/scripts/plot_terrain.py --out terrain.png --set terrain.num_cols=10`.

`--tiles FOLDER` draws its terrain types instead, obliquely from above: an easy, a middle and a hard tile of each.
"""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.image import imsave

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.overrides import read_overrides
from legged_gym.scripts.command_line import Parser, run_program
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.plot import plot_terrain
from legged_gym.terrain.relief import draw_tiles
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_picture

logger = logging.getLogger(__name__)


class _EnvCfg:
    terrain = TerrainCfg


class _TrainCfg:
    pass


def main(argv: Sequence[str] | None = None) -> None:
    """Build the map, write the picture, or those of its types."""
    args = make_parser().parse(argv)
    cfg = resolve_settings(_EnvCfg, _TrainCfg, asked=[Asked(read_overrides(args.overrides))]).env_cfg
    terrain = Terrain(cfg.terrain, args.seed)
    out = args.out if args.tiles is None else args.tiles
    try:
        if args.tiles is None:
            write_picture(out, plot_terrain(terrain), dpi=150)
        else:
            _write_tiles(terrain, out)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot write {out}: {error}") from error
    logger.info("wrote %s", out)


def _write_tiles(terrain: Terrain, folder: Path) -> None:
    """One picture a type: its first, middle and last level."""
    folder.mkdir(parents=True, exist_ok=True)
    levels = np.unique(np.linspace(0, terrain.num_levels - 1, 3).astype(int)).tolist()
    for name in dict.fromkeys(terrain.type_names):
        imsave(folder / f"{name.rpartition(':')[2]}.png", draw_tiles(terrain, name, levels))


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Draw the terrain map to a PNG.")
    parser.add_argument("--seed", type=int, default=1, help="seed of the map (default 1)")
    parser.add_argument("--out", type=Path, default=Path("terrain.png"), help="picture to write (default terrain.png)")
    parser.add_argument(
        "--tiles", type=Path, metavar="FOLDER", help="write a picture of each terrain type there instead of the map's"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a field of the terrain configuration, e.g. terrain.num_rows=5; repeatable",
    )  # fmt: skip
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
