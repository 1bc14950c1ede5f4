"""Settings with which nothing is random but commands, beginnings and terrain."""

from typing import Any

from legged_gym.config.io import field_names
from legged_gym.envs.base.legged_robot_config import RANDOMIZED

TERRAIN_TILES = 5
"""Rows and columns of the terrain."""
NOMINAL = {
    "added_mass_range": 0.0, "stiffness_factor_range": 1.0, "damping_factor_range": 1.0, "motor_strength_range": 1.0,
    "obs_delay_range": 0, "action_delay_range": 0,
}  # fmt: skip
"""What a robot has where a range of `domain_rand` changes nothing."""


def nominal_settings(cfg: Any) -> dict[str, Any]:
    """What to see a trained policy with: a small terrain, nominal robots that nothing pushes, and exact sensors.

    A policy that was trained with a payload of 1 kg or more, or with measurements that are always 40 ms late, knows no
    other robot: where a range leaves out the nominal value, all robots have the range's nearest one.

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
    return settings | _nearest_to_nominal(cfg.domain_rand)


def _nearest_to_nominal(cfg: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for switch, names in RANDOMIZED.items():
        ranges = {name: getattr(cfg, name) for name in names if name in NOMINAL}
        nearest = {name: min(max(NOMINAL[name], low), high) for name, (low, high) in ranges.items()}
        if getattr(cfg, switch) and any(nearest[name] != NOMINAL[name] for name in nearest):
            settings[f"domain_rand.{switch}"] = True
            settings |= {f"domain_rand.{name}": [value, value] for name, value in nearest.items()}
    return settings
