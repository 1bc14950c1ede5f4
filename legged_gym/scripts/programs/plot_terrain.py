"""What `plot_terrain.py` does once its flags are read."""

import argparse
import logging
import random
from pathlib import Path

import numpy as np

from legged_gym.config.layers import Asked, resolve_settings
from legged_gym.config.overrides import read_overrides
from legged_gym.tasks import get_cfgs
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.plot import plot_terrain
from legged_gym.terrain.relief import draw_levels, draw_tiles
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.outputs import output_folder, picture_file, write_picture, write_pixels

logger = logging.getLogger(__name__)


class _EnvCfg:
    terrain = TerrainCfg


class _TrainCfg:
    pass


def plot(args: argparse.Namespace) -> None:
    """Build the map, write the picture, or those of its types."""
    cfgs = (_EnvCfg, _TrainCfg) if args.task is None else get_cfgs(args.task)
    cfg = resolve_settings(*cfgs, asked=[Asked(read_overrides(args.overrides))]).env_cfg
    seed = random.SystemRandom().randrange(2**31) if args.seed == -1 else args.seed
    out = picture_file(args.out) if args.tiles is None else output_folder(args.tiles)
    terrain = Terrain(cfg.terrain, seed)
    if args.tiles is None:
        write_picture(out, plot_terrain(terrain), dpi=150)
    else:
        _write_tiles(terrain, out)
    logger.info("wrote %s", out)


def _write_tiles(terrain: Terrain, folder: Path) -> None:
    """Two pictures a type: its first, middle and last level, and all of them."""
    levels = np.unique(np.linspace(0, terrain.num_levels - 1, 3).astype(int)).tolist()
    for name in dict.fromkeys(terrain.type_names):
        picture = name.rpartition(":")[2]
        write_pixels(folder / f"{picture}.png", draw_tiles(terrain, name, levels))
        write_pixels(folder / f"{picture}_levels.png", draw_levels(terrain, name))
