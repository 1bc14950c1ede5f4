"""What trials say of a policy, and of several trainings of it, as plain numbers."""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Any

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation.cells import by_cell, tables
from legged_gym.evaluation.records import records
from legged_gym.evaluation.statistics import mean_interval
from legged_gym.evaluation.trials import Trials
from legged_gym.utils.errors import UserError

WORSE_IF_LARGER = (
    "fall_rate",
    "stuck_rate",
    "lin_vel_error",
    "ang_vel_error",
    "lin_vel_x_error",
    "lin_vel_y_error",
    "estimated_lin_vel_error",
)
"""Keys of a summary that a policy is the worse by, the larger they are."""
BY_CELL = ("success", "interval", "trials", "falls", "stuck")
"""Keys of a summary whose values are, by terrain type, a list with an entry for each level."""


def summarize(env: LeggedRobot, trials: Trials, command: Sequence[float] | None = None) -> dict[str, Any]:
    """Means over all episodes, and on a map what came of each terrain type and level.

    With the `command` of `evaluation_settings`, what came of it too. On a map: `stuck_rate`, the share of trials of
    robots that did not get on; `BY_CELL`; `size` of each level of the types that have one; and `record`.

    Raises:
        UserError: no trial had a step, so that its means would be 0, as if there were no errors.
    """
    if not trials.steps.any():
        seconds = env.cfg.env.episode_length_s
        raise UserError(f"no trial had a step: env.episode_length_s = {seconds:g} s is too short, or all fell at once")
    weight = trials.steps / trials.steps.sum().clamp(min=1)
    per_axis = (trials.velocity_error * weight[:, None]).sum(dim=0)
    summary: dict[str, Any] = {
        "episodes": env.num_envs,
        "fall_rate": trials.fell.float().mean().item(),
        "lin_vel_error": (trials.planar_error * weight).sum().item(),
        "ang_vel_error": per_axis[2].item(),
        "lin_vel_x_error": per_axis[0].item(),
        "lin_vel_y_error": per_axis[1].item(),
        "torque_rms": (trials.torque_square * weight).sum().sqrt().item(),
        "power": (trials.power * weight).sum().item(),
        **trials.gait,
    }
    if trials.estimate_error is not None:
        summary["estimated_lin_vel_error"] = (trials.estimate_error * weight).sum().item()
    if command is not None:
        summary["command"] = list(command)
        summary["achieved"] = (trials.velocity * weight[:, None]).sum(dim=0).tolist()
    if not env.terrain.is_plane:
        summary["stuck_rate"] = trials.stuck.float().mean().item()
        summary |= tables(by_cell(env, trials))
        summary["size"] = env.terrain.sizes()
        summary["record"] = records(summary["success"], summary["size"], env.cfg.asset.name)
    return summary


def together(summaries: Sequence[dict[str, Any]], seeds: Sequence[int], robot: str) -> dict[str, Any]:
    """Several trainings as one: means of their numbers, and in each cell the one with the least success.

    Args:
        summaries: of `summarize`, in the same environment.
        seeds: of their trainings.
        robot: `asset.name`.

    Returns:
        The keys of one summary; `policies`, the summaries themselves with their `seed`; `trainings`, of each of
        `WORSE_IF_LARGER`, and on a map of `success_rate`, the mean over all cells: `mean`, `worst`, `worst_seed` and
        `interval`, 95 % of the mean over trainings with whatever seed; and on a map `worst_seed` by cell.
    """
    first = summaries[0]
    merged: dict[str, Any] = {key: _mean([summary[key] for summary in summaries]) for key in first}
    if "success" in first:
        worst = {
            kind: [_worst([summary["success"][kind][level] for summary in summaries]) for level in range(len(row))]
            for kind, row in first["success"].items()
        }
        for key in BY_CELL:
            merged[key] = {
                kind: [summaries[index][key][kind][level] for level, index in enumerate(row)]
                for kind, row in worst.items()
            }
        merged["worst_seed"] = {kind: [seeds[index] for index in row] for kind, row in worst.items()}
        merged["record"] = records(merged["success"], merged["size"], robot)
    merged["trainings"] = _trainings(summaries, seeds)
    merged["policies"] = [{"seed": seed, **summary} for seed, summary in zip(seeds, summaries, strict=True)]
    return merged


def _trainings(summaries: Sequence[dict[str, Any]], seeds: Sequence[int]) -> dict[str, dict[str, Any]]:
    """How far trainings differ, by key."""
    values = {key: [summary[key] for summary in summaries] for key in WORSE_IF_LARGER if key in summaries[0]}
    found = {key: _spread(column, seeds, column.index(max(column))) for key, column in values.items()}
    if "success" in summaries[0]:
        rates = [_success_rate(summary) for summary in summaries]
        found["success_rate"] = _spread(rates, seeds, rates.index(min(rates)), most=1.0)
    return found


def _spread(values: Sequence[float], seeds: Sequence[int], worst: int, most: float = math.inf) -> dict[str, Any]:
    low, high = mean_interval(values)
    interval = [max(low, 0.0), min(high, most)]  # none of them can be negative
    return {"mean": fmean(values), "worst": values[worst], "worst_seed": seeds[worst], "interval": interval}


def _success_rate(summary: dict[str, Any]) -> float:
    """Mean over all cells with trials."""
    return fmean(rate for row in summary["success"].values() for rate in row if rate is not None)


def _mean(values: Sequence[Any]) -> Any:
    """Of numbers, or of lists of them item by item; of other things, which are all the same, the first."""
    first = values[0]
    if isinstance(first, list):
        return [_mean(items) for items in zip(*values, strict=True)]
    return sum(values) / len(values) if isinstance(first, float) else first


def _worst(rates: Sequence[float | None]) -> int:
    """Which rate is the least; the first one if none was measured."""
    measured = [(rate, index) for index, rate in enumerate(rates) if rate is not None]
    return min(measured)[1] if measured else 0
