"""Settings with which nothing is random but commands, beginnings and terrain."""

from typing import Any

from legged_gym.config.io import field_names

TERRAIN_TILES = 5
"""Rows and columns of the terrain."""


def nominal_settings(cfg: Any) -> dict[str, Any]:
    """What to see a trained policy with: a small terrain, nominal robots that nothing pushes, and exact sensors.

    Args:
        cfg: configuration of a training run's environment.

    Returns:
        Settings by dotted key.
    """
    settings = {"terrain.num_rows": TERRAIN_TILES, "terrain.num_cols": TERRAIN_TILES}
    settings |= {"terrain.curriculum": False, "commands.curriculum": False, "noise.add_noise": False}
    for name in field_names(cfg.domain_rand):
        if isinstance(getattr(cfg.domain_rand, name), bool):
            settings[f"domain_rand.{name}"] = False
    return settings
