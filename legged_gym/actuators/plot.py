"""A picture of a trained actuator network beside an ideal PD."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from legged_gym.actuators.training import WARM_UP, Curve, Series, rmse
from legged_gym.utils.outputs import write_picture

EXCERPT = 200
"""Steps of a drive's torque over time."""
QUANTILES = (0.5, 0.95)
"""Excerpts that are shown, as quantiles of the PD's error."""
COLORS = {"measured": "#2b2b2b", "ideal PD": "#c8873a", "network": "#2f6690"}


def plot_training(
    series: Sequence[Series],
    predicted: dict[str, list[Tensor]],
    curve: Curve,
    sample_time: float,
    path: Path,
) -> None:
    """Draw torques over time, the distribution of errors, and the learning curve.

    Args:
        series: held out.
        predicted: torques over them, as `training.predict` gives, of "ideal PD" and "network".
        curve: of the training.
        sample_time: s.
        path: picture to write; its ending names the format.
    """
    figure = Figure(figsize=(11.0, 8.5), layout="constrained")
    grid = figure.add_gridspec(3, 2)
    measured = _excerpts([part.torque for part in series])
    torques = {name: _excerpts(values) for name, values in predicted.items()}
    order = np.sqrt(np.mean(np.square(torques["ideal PD"] - measured), axis=0)).argsort()
    for row, quantile in enumerate(QUANTILES):
        chosen = order[round(quantile * (len(order) - 1))]
        lines = {"measured": measured[:, chosen], **{name: values[:, chosen] for name, values in torques.items()}}
        axes = figure.add_subplot(grid[row, :])
        _draw_torques(axes, lines, sample_time)
        axes.set_title(f"a held-out second; in {100 * quantile:.0f} % of them the PD errs less", fontsize="medium")
    _draw_errors(figure.add_subplot(grid[2, 0]), series, predicted)
    _draw_curve(figure.add_subplot(grid[2, 1]), curve)
    write_picture(path, figure, dpi=90)


def _excerpts(torques: Sequence[Tensor]) -> np.ndarray:
    """Series [T, J], after their warm-up, as excerpts [steps, n]: of `EXCERPT` steps, or fewer if all are shorter."""
    length = min(EXCERPT, *(len(torque) - WARM_UP for torque in torques))
    cut = []
    for torque in torques:
        values = torque[WARM_UP:].numpy()
        count = len(values) // length
        cut.append(values[: count * length].reshape(count, length, -1).transpose(1, 0, 2).reshape(length, -1))
    return np.concatenate(cut, axis=1)


def _draw_torques(axes: Axes, lines: dict[str, np.ndarray], sample_time: float) -> None:
    for name, values in lines.items():
        width = 2.6 if name == "measured" else 1.2
        axes.plot(np.arange(len(values)) * sample_time, values, color=COLORS[name], linewidth=width, label=name)
    axes.set(xlabel="time, s", ylabel="joint torque, N m", xlim=(0.0, len(lines["measured"]) * sample_time))
    axes.legend(fontsize="small", loc="upper right", ncols=3)
    axes.grid(alpha=0.3)


def _draw_errors(axes: Axes, series: Sequence[Series], predicted: dict[str, list[Tensor]]) -> None:
    errors = {
        name: np.concatenate(
            [(torque - part.torque)[WARM_UP:].flatten().numpy() for torque, part in zip(torques, series, strict=True)]
        )
        for name, torques in predicted.items()
    }
    limit = max(1.0, *(float(np.percentile(np.abs(values), 99.5)) for values in errors.values()))
    for name, values in errors.items():
        label = f"{name}: RMSE {rmse(predicted[name], series):.2f} N m"
        bins = np.linspace(-limit, limit, 121).tolist()
        axes.hist(values, bins=bins, density=True, histtype="step", color=COLORS[name], label=label)
    axes.set(xlabel="torque error, held out, N m", ylabel="density", yscale="log")
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)


def _draw_curve(axes: Axes, curve: Curve) -> None:
    epochs = range(1, len(curve.train) + 1)
    axes.plot(epochs, curve.train, color=COLORS["measured"], label="training")
    axes.plot(epochs, curve.validation, color=COLORS["network"], label="validation")
    axes.plot(curve.best + 1, curve.validation[curve.best], "o", color=COLORS["network"], label="kept")
    axes.set(xlabel="epoch", ylabel="torque RMSE, N m", yscale="log")
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3, which="both")
