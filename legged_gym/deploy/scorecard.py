"""What a series of trials says of a policy: the numbers of evaluate.py."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from legged_gym.deploy.trial import Outcome
from legged_gym.terrain.terrain import Terrain


def summarize(outcomes: Sequence[Outcome], terrain: Terrain, command: Sequence[float] | None = None) -> dict[str, Any]:
    """Means over all trials, and success per terrain type and level on a map; plain numbers.

    On a map also the share of the robots that did not get on. A level without trials has None for its success, a type
    without any is left out; beside it the sizes of those types that have some. With the one command of all trials, what
    came of it too.
    """
    steps = np.array([outcome.steps for outcome in outcomes], dtype=np.float64)
    weight = steps / max(steps.sum(), 1.0)
    means = weight @ np.array([outcome.means for outcome in outcomes])
    vx, vy, yaw_rate, planar, torque_square, power = means[:6]
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
    if command is not None:
        summary["command"] = list(command)
        summary["achieved"] = means[6:].tolist()
    if not terrain.is_plane:
        summary["stuck_rate"] = float(np.mean([outcome.stuck for outcome in outcomes]))
        summary["success"] = _success(outcomes, terrain)
        summary["size"] = {name: row for name, row in terrain.sizes().items() if name in summary["success"]}
    return summary


def _success(outcomes: Sequence[Outcome], terrain: Terrain) -> dict[str, list[float | None]]:
    succeeded: dict[str, list[list[bool]]] = {}
    for outcome in outcomes:
        name = terrain.type_names[outcome.tile.column]
        by_level = succeeded.setdefault(name, [[] for _ in range(terrain.num_levels)])
        by_level[outcome.tile.level].append(outcome.succeeded)
    return {name: [float(np.mean(level)) if level else None for level in levels] for name, levels in succeeded.items()}
