"""Pictures of the evaluation, drawn from its plain data alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legged_gym.utils.outputs import write_picture
from studies.belief.conditions import noise_title
from studies.belief.crossing import TITLES
from studies.belief.gate_ablation import GATE, NO_GATE
from studies.belief.held_out import FAULTS, MEMORY, SWEEP
from studies.belief.maps import STEP_HEIGHTS
from studies.belief.policies import (
    BLIND,
    GRU_NONE,
    LABELS,
    MLP_GATE,
    MLP_NONE,
    NOISY_MLP,
    STUDENT,
    TEACHER,
)

COLORS = {
    TEACHER: "tab:green",
    STUDENT: "tab:blue",
    NOISY_MLP: "tab:orange",
    BLIND: "tab:gray",
    GRU_NONE: "tab:purple",
    MLP_GATE: "tab:red",
    MLP_NONE: "tab:brown",
}

CROSSED = ("gap", "stepping_stones", "pit", "beams", "rails", "hurdles")
"""Terrain types of the figure of ground where sight decides."""

HEIGHTS = [round(100 * height) for height in STEP_HEIGHTS]
"""Step heights of the horizontal axes, cm."""


def draw(data: dict[str, Any], folder: Path) -> list[Path]:
    """Draw a PNG of every part that was measured; the folder is made if there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[Any], Figure]] = {
        "gate_ablation": _gate_ablation,
        "architecture": _architecture,
        "curves": _curves,
        "success_by_height": _success_by_height,
        "standard_map": _standard_map,
        "probes": _probes,
        "held_out": _held_out,
        "crossing": _crossing,
    }
    paths = []
    for name, picture in pictures.items():
        if data.get(name):
            paths.append(folder / f"{name}.png")
            write_picture(paths[-1], picture(data[name]), dpi=120)
    return paths


def _gate_ablation(summary: dict[str, Any]) -> Figure:
    figure = Figure(figsize=(5.0 * len(summary), 6.4), layout="constrained")
    grid = figure.subplots(2, len(summary), squeeze=False, sharey="row")
    for axes, (condition, rows) in zip(grid.T, summary.items(), strict=True):
        for shift, name in ((-0.2, GATE), (0.2, NO_GATE)):
            found = [(place + shift, row[name]) for place, row in enumerate(rows.values()) if name in row]
            places = [place for place, _ in found]
            actions = [errors["action_error"] for _, errors in found]
            intervals = [1.96 * errors["action_error_se"] for _, errors in found]
            style = {"width": 0.4, "color": COLORS[name], "label": LABELS[name]}
            axes[0].bar(places, actions, yerr=intervals, **style)
            axes[1].bar(places, [1000 * errors["height_error"] for _, errors in found], **style)
        axes[0].set_title(noise_title(condition), fontsize="medium")
        axes[0].set_ylabel("action error")
        axes[1].set_ylabel("height error, 1e-3 m$^2$")
        for part in axes:
            part.set_xticks(range(len(rows)), [name.replace("_", " ") for name in rows], rotation=40, ha="right")
            part.grid(alpha=0.3, axis="y")
    _legend(figure, grid[0, 0])
    return figure


def _architecture(summary: dict[str, Any]) -> Figure:
    figure, grid = _row(len(summary))
    for axes, (condition, rows) in zip(grid, summary.items(), strict=True):
        _rates(axes, HEIGHTS, rows)
        axes.set_title(noise_title(condition), fontsize="medium")
        axes.set(xlabel="step height, cm", xticks=HEIGHTS)
    grid[0].set_ylabel("success, %")
    _legend(figure, grid[0])
    return figure


def _curves(curves: dict[str, Any]) -> Figure:
    tags = list(dict.fromkeys(tag for policy in curves.values() for tag in policy))
    figure, grid = _row(max(1, len(tags)), sharey=False)
    for axes, tag in zip(grid, tags, strict=False):
        for name, policy in curves.items():
            if tag in policy:
                axes.plot(policy[tag]["step"], policy[tag]["value"], color=COLORS[name], label=LABELS[name])
        axes.set(xlabel="iteration", yscale="log")
        axes.set_title(tag.partition("/")[2].replace("_", " "), fontsize="medium")
        axes.grid(alpha=0.3)
    grid[0].set_ylabel("loss")
    _legend(figure, grid[0])
    return figure


def _success_by_height(summary: dict[str, Any]) -> Figure:
    conditions = list(next(iter(summary.values())))
    size = (4.2 * len(conditions), 3.2 * len(summary))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(summary), len(conditions), squeeze=False, sharex=True, sharey=True)
    for line, (terrain, columns) in zip(grid, summary.items(), strict=True):
        for axes, (condition, rows) in zip(line, columns.items(), strict=True):
            _rates(axes, HEIGHTS, rows)
            axes.set_title(f"{terrain.replace('_', ' ')}, {noise_title(condition)}", fontsize="medium")
        line[0].set_ylabel("success, %")
    for axes in grid[-1]:
        axes.set(xlabel="step height, cm", xticks=HEIGHTS)
    _legend(figure, grid[0, 0])
    return figure


def _standard_map(summary: dict[str, Any]) -> Figure:
    return _by_level(summary, noise_title)


def _crossing(summary: dict[str, Any]) -> Figure:
    crossed = {
        condition: {terrain: columns[terrain] for terrain in CROSSED if terrain in columns}
        for condition, columns in summary.items()
    }
    return _by_level(crossed, TITLES.__getitem__)


def _by_level(summary: dict[str, Any], title_of: Callable[[str], str]) -> Figure:
    """Success against level: a row for each condition, a column for each terrain type."""
    terrains = list(next(iter(summary.values())))
    figure = Figure(figsize=(2.6 * len(terrains), 2.4 * len(summary)), layout="constrained")
    grid = figure.subplots(len(summary), len(terrains), squeeze=False, sharex=True, sharey=True)
    for line, (condition, columns) in zip(grid, summary.items(), strict=True):
        for axes, (terrain, rows) in zip(line, columns.items(), strict=True):
            count = max((len(rates) for rates in rows.values()), default=0)
            _rates(axes, range(count), rows)
            axes.set_title(f"{terrain.replace('_', ' ')}, {title_of(condition)}", fontsize="small")
        line[0].set_ylabel("success, %")
    for axes in grid[-1]:
        axes.set_xlabel("level")
    _legend(figure, grid[0, 0])
    return figure


def _probes(summary: dict[str, Any]) -> Figure:
    """For each probe one foot's heights over time, the gate below, and the means over all trials around the touch."""
    figure = Figure(figsize=(3.6 * len(summary), 8.4), layout="constrained")
    grid = figure.subplots(4, len(summary), squeeze=False, height_ratios=[2, 1, 1.3, 1])
    for axes, (probe, result) in zip(grid.T, summary.items(), strict=True):
        series, mean = result["example"], result["aligned"]
        axes[0].set_title(probe, fontsize="medium")
        axes[0].plot(series["time"], series["foot"], color="tab:gray", linewidth=0.8, label="foot")
        for key, color, style in (("map", "tab:red", ":"), ("ground", "black", "-"), ("decoded", "tab:blue", "-")):
            axes[0].plot(series["time"], series[key], color=color, linestyle=style, label=key)
        axes[1].plot(series["time"], series["gate"], color="tab:blue")
        axes[2].plot(mean["time"], [100 * value for value in mean["map_error"]], color="tab:red", linestyle=":")
        axes[2].plot(mean["time"], [100 * value for value in mean["error"]], color="tab:blue")
        axes[3].plot(mean["time"], mean["gate"], color="tab:blue")
        for part in axes:
            part.axvline(0.0, color="tab:gray", linewidth=0.8, linestyle="--")
            part.grid(alpha=0.3)
        for part in axes[2:]:
            part.set_visible(bool(mean["time"]))  # where the map is right, no touch contradicts it
        axes[3 if mean["time"] else 1].set_xlabel("time since the touch, s" if mean["time"] else "time, s")
    for line, label in zip(grid, ("height, m", "gate", "mean error, cm", "mean gate"), strict=True):
        shown = [axes for axes in line if axes.get_visible()]
        if shown:
            shown[0].set_ylabel(label)
    for axes in (*grid[1], *grid[3]):
        axes.set_ylim(0, 1)
    _legend(figure, grid[0, 0])
    return figure


def _held_out(summary: dict[str, Any]) -> Figure:
    figure, grid = _row(3)
    for name, rows in summary.items():
        sweep = {SWEEP[condition]: rows[condition]["all"] for condition in SWEEP if condition in rows}
        _rates(grid[0], list(sweep), {name: list(sweep.values())})
    grid[0].set(xlabel="factor c on large noise", ylabel="success, %")
    _legend(figure, grid[0])
    for axes, title in zip(
        grid, ("noise beyond training's", "other faults of the map", "controls of the memory"), strict=True
    ):
        axes.set_title(title, fontsize="medium")
    _bars(grid[1], summary, ["none", *FAULTS])
    _bars(grid[2], summary, ["none", *MEMORY[:2], "large", *MEMORY[2:]])
    return figure


def _bars(axes: Axes, summary: dict[str, Any], conditions: Sequence[str]) -> None:
    """Rates of every policy side by side, with their confidence intervals."""
    width = 0.8 / len(summary)
    for index, (name, rows) in enumerate(summary.items()):
        for place, condition in enumerate(conditions):
            if condition in rows:
                rate = rows[condition]["all"]
                error = [[100 * (rate["value"] - rate["low"])], [100 * (rate["high"] - rate["value"])]]
                x = place - 0.4 + (index + 0.5) * width
                axes.bar(x, 100 * rate["value"], width, yerr=error, color=COLORS[name])
    axes.set_xticks(range(len(conditions)), conditions, rotation=40, ha="right", fontsize="small")
    axes.grid(alpha=0.3, axis="y")


def _rates(axes: Axes, places: Sequence[float], rows: dict[str, list]) -> None:
    """Lines of success with their confidence intervals as bands."""
    for name, rates in rows.items():
        found = [(place, rate) for place, rate in zip(places, rates, strict=True) if rate is not None]
        x = [place for place, _ in found]
        low, value, high = ([100 * rate[key] for _, rate in found] for key in ("low", "value", "high"))
        axes.plot(x, value, marker="o", markersize=3, color=COLORS[name], label=LABELS[name])
        axes.fill_between(x, low, high, color=COLORS[name], alpha=0.15, linewidth=0)
    axes.grid(alpha=0.3)


def _row(count: int, sharey: bool = True) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(5.0 * count, 4.2), layout="constrained")
    return figure, list(figure.subplots(1, count, squeeze=False, sharey=sharey)[0])


def _legend(figure: Figure, axes: Axes) -> None:
    """One legend for all axes, above them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), fontsize="small")
