"""The results of an evaluation as text."""

from typing import Any

_UNITS = {
    "lin_vel_error": "m/s",
    "ang_vel_error": "rad/s",
    "lin_vel_x_error": "m/s",
    "lin_vel_y_error": "m/s",
    "torque_rms": "N m",
    "power": "W",
    "diagonal_agreement": "of the time",
    "stride_frequency": "Hz",
    "estimated_lin_vel_error": "m/s",
    "command": "m/s, m/s, rad/s",
    "achieved": "m/s, m/s, rad/s",
}


def table(summary: dict[str, Any]) -> str:
    """A summary, of `evaluation.trials` or `deploy.scorecard`, as text; a level without trials gets a dash."""
    lines, width = [], max(18, *(len(key) + 2 for key in summary))
    for key, value in summary.items():
        if key != "success":
            lines.append(f"{key:<{width}}{_text(value)} {_UNITS.get(key, '')}".rstrip())
    if "success" in summary:
        levels = range(len(next(iter(summary["success"].values()))))
        lines.append("success, % by level " + "".join(f"{level:>6}" for level in levels))
        for kind, rates in summary["success"].items():
            cells = ["-" if rate is None else f"{100 * rate:.0f}" for rate in rates]
            lines.append(f"  {kind:<18}" + "".join(f"{cell:>6}" for cell in cells))
    return "\n".join(lines)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(float(item)) for item in value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
