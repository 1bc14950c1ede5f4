"""Settings with which nothing is random but commands, beginnings and terrain."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

from legged_gym.config.io import field_names
from legged_gym.envs.base.legged_robot_config import RANDOMIZED
from legged_gym.sim.robot_model import asset_path, joint_properties
from robust_parallel.urdf import read_urdf

TERRAIN_TILES = 5
"""Rows and columns of the terrain."""
UNCHANGED = {
    "added_mass_range": 0.0, "com_displacement_range": 0.0, "stiffness_factor_range": 1.0, "damping_factor_range": 1.0,
    "motor_strength_range": 1.0, "motor_zero_range": 0.0, "obs_delay_range": 0, "action_delay_range": 0,
}  # fmt: skip
"""Where a range of `domain_rand` changes what a robot has: the value that changes nothing."""


def nominal_settings(cfg: Any) -> dict[str, Any]:
    """What to see a trained policy with: a small terrain, nominal robots that nothing pushes, and exact sensors.

    A policy that was trained with a payload of 1 kg or more, or with measurements that are always 40 ms late, knows no
    other robot: where a range leaves out the nominal value, all robots have the range's nearest one, on each axis of a
    displacement; joints of which one is left out share a value, the nearest to their mean.

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
    return settings | _nearest_to_nominal(cfg)


def _nearest_to_nominal(cfg: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for switch, names in RANDOMIZED.items():
        if not (switch.startswith("randomize_") and getattr(cfg.domain_rand, switch)):
            continue
        ranges = {name: (getattr(cfg.domain_rand, name), _nominal(cfg, name)) for name in names}
        if not all(_holds(*each) for each in ranges.values()):
            settings[f"domain_rand.{switch}"] = True
            settings |= {f"domain_rand.{name}": _held(*ranges[name]) for name in names}
    return settings


def _nominal(cfg: Any, name: str) -> Sequence[float]:
    """What a robot has without a range of `domain_rand`: one value, or one of each joint."""
    if name in UNCHANGED:
        return [UNCHANGED[name]]
    if name == "friction_range":
        return [cfg.terrain.static_friction]
    if name == "torsional_friction_range":
        return [cfg.asset.torsional_friction]
    joints = [joint for joint in read_urdf(asset_path(cfg.asset)).joints if joint.kind != "fixed"]
    return joint_properties(joints, cfg.asset)[name.removesuffix("_range")]


def _axes(span: Sequence[Any]) -> Sequence[Sequence[float]]:
    """The ranges of a setting: one, or one of each axis."""
    return span if isinstance(span[0], Sequence) else [span]


def _holds(span: Sequence[Any], values: Sequence[float]) -> bool:
    """Whether the ranges of a setting leave out none of some values."""
    return all(low <= value <= high for low, high in _axes(span) for value in values)


def _held(span: Sequence[Any], values: Sequence[float]) -> list[Any]:
    """A setting whose ranges hold the value alone that is nearest to the mean of some."""
    held = [[min(max(mean(values), low), high)] * 2 for low, high in _axes(span)]
    return held if isinstance(span[0], Sequence) else held[0]
