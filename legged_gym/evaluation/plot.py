"""A picture of an evaluation."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from legged_gym.utils.outputs import write_picture


def plot_summary(summary: dict[str, Any], path: Path) -> None:
    """Draw the success over the levels of every terrain type, or the tracking errors of a flat task.

    Args:
        summary: of `summary.summarize`; a level that was not run is None.
        path: picture to write; its ending names the format.
    """
    figure = Figure(figsize=(7.0, 4.2), layout="constrained")
    axes = figure.subplots()
    if "success" in summary:
        for kind, rates in summary["success"].items():
            run = [level for level, rate in enumerate(rates) if rate is not None]
            axes.plot(run, [100 * rates[level] for level in run], marker="o", label=kind.replace("_", " "))
        axes.set(xlabel="terrain level", ylabel="success, %", ylim=(0, 103), xticks=range(len(rates)))
        axes.legend(fontsize="small")
    else:
        names = {"lin_vel_x_error": "vx, m/s", "lin_vel_y_error": "vy, m/s", "ang_vel_error": "yaw rate, rad/s"}
        axes.bar(list(names.values()), [summary[key] for key in names], color="tab:blue")
        axes.set(ylabel="mean absolute tracking error")
    falls = f"{100 * summary['fall_rate']:.1f} % falls"
    axes.set_title(f"{summary['task']} on {summary['sim']}: {summary['episodes']} episodes, {falls}", fontsize="medium")
    axes.grid(alpha=0.3)
    write_picture(path, figure, dpi=120)
