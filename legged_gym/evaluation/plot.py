"""A picture of an evaluation."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legged_gym.utils.outputs import write_picture


def plot_summary(summary: dict[str, Any], path: Path) -> None:
    """Draw the success by terrain type and level, or the tracking errors of a flat task.

    Args:
        summary: of `summary.summarize`; a level that was not run is None.
        path: picture to write; its ending names the format.
    """
    rows = len(summary.get("success", ()))
    figure = Figure(figsize=(7.0, 1.6 + 0.4 * rows if rows else 4.2), layout="constrained")
    axes = figure.subplots()
    if rows:
        _draw_success(axes, summary["success"], summary.get("size", {}))
    else:
        names = {"lin_vel_x_error": "vx, m/s", "lin_vel_y_error": "vy, m/s", "ang_vel_error": "yaw rate, rad/s"}
        axes.bar(list(names.values()), [summary[key] for key in names], color="tab:blue")
        axes.set(ylabel="mean absolute tracking error")
        axes.grid(alpha=0.3)
    falls = f"{100 * summary['fall_rate']:.1f} % falls"
    axes.set_title(f"{summary['task']} on {summary['sim']}: {summary['episodes']} episodes, {falls}", fontsize="medium")
    write_picture(path, figure, dpi=120)


def _draw_success(axes: Axes, success: dict[str, list[float | None]], sizes: dict[str, list[float | None]]) -> None:
    """A row for each terrain type, a column for each level, success in each cell, the size below it where one is known.

    Curves of more than a few types lie on each other: most of them are at 100 %.
    """
    rates = np.array([[np.nan if rate is None else 100 * rate for rate in row] for row in success.values()])
    axes.imshow(rates, cmap="RdYlBu", vmin=0, vmax=100, aspect="auto", alpha=0.5)
    for row, kind in enumerate(success):
        for level, rate in enumerate(rates[row]):
            size = sizes[kind][level] if kind in sizes else None
            if not np.isnan(rate):
                text = f"{rate:.0f}" if size is None else f"{rate:.0f}\n{size:.2f}"
                axes.text(level, row, text, ha="center", va="center", fontsize="x-small")
    axes.set(xlabel="terrain level; in each cell success, %, and size", xticks=range(rates.shape[1]))
    axes.set_yticks(range(len(success)), [kind.replace("_", " ") for kind in success], fontsize="small")
    axes.tick_params(length=0)
