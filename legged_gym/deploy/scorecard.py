"""What a series of trials says of a policy: the numbers of evaluate.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from legged_gym.deploy.trial import Outcome
from legged_gym.terrain.terrain import Terrain

_UNITS = {
    "lin_vel_error": "m/s",
    "ang_vel_error": "rad/s",
    "lin_vel_x_error": "m/s",
    "lin_vel_y_error": "m/s",
    "torque_rms": "N m",
    "power": "W",
}


def summarize(outcomes: Sequence[Outcome], terrain: Terrain) -> dict[str, Any]:
    """Means over all trials, and success per terrain type and level on a map; plain numbers.

    A level without trials has None for its success, a terrain type without any is left out.
    """
    steps = np.array([outcome.steps for outcome in outcomes], dtype=np.float64)
    weight = steps / max(steps.sum(), 1.0)
    vx, vy, yaw_rate, planar, torque_square, power = weight @ np.array([outcome.means for outcome in outcomes])
    summary: dict[str, Any] = {
        "episodes": len(outcomes),
        "fall_rate": float(np.mean([outcome.fell for outcome in outcomes])),
        "lin_vel_error": float(planar),
        "ang_vel_error": float(yaw_rate),
        "lin_vel_x_error": float(vx),
        "lin_vel_y_error": float(vy),
        "torque_rms": float(np.sqrt(torque_square)),
        "power": float(power),
    }
    if not terrain.is_plane:
        summary["success"] = _success(outcomes, terrain)
    return summary


def _success(outcomes: Sequence[Outcome], terrain: Terrain) -> dict[str, list[float | None]]:
    left: dict[str, list[list[bool]]] = {}
    for outcome in outcomes:
        name = terrain.type_names[outcome.tile.column]
        by_level = left.setdefault(name, [[] for _ in range(terrain.num_levels)])
        by_level[outcome.tile.level].append(outcome.left_tile)
    return {name: [float(np.mean(level)) if level else None for level in levels] for name, levels in left.items()}


def table(summary: dict[str, Any]) -> str:
    """A summary as text."""
    lines = []
    for key, value in summary.items():
        if key != "success":
            text = f"{value:.3f}" if isinstance(value, float) else str(value)
            lines.append(f"{key:<18}{text} {_UNITS.get(key, '')}".rstrip())
    if "success" in summary:
        levels = range(len(next(iter(summary["success"].values()))))
        lines.append("success, % by level " + "".join(f"{level:>6}" for level in levels))
        for kind, rates in summary["success"].items():
            cells = ["-" if rate is None else f"{100 * rate:.0f}" for rate in rates]
            lines.append(f"  {kind:<18}" + "".join(f"{cell:>6}" for cell in cells))
    return "\n".join(lines)
