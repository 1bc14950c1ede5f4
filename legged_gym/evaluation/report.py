"""The results of an evaluation as text."""

from collections.abc import Iterable
from typing import Any

_UNITS = {
    "lin_vel_error": "m/s",
    "ang_vel_error": "rad/s",
    "lin_vel_x_error": "m/s",
    "lin_vel_y_error": "m/s",
    "torque_rms": "N m",
    "power": "W",
    "diagonal_agreement": "of the time",
    "lateral_agreement": "of the time",
    "transverse_agreement": "of the time",
    "stride_frequency": "Hz",
    "flight": "of the time",
    "least_duty": "of the time",
    "most_duty": "of the time",
    "least_load": "of the weight",
    "estimated_lin_vel_error": "m/s",
    "command": "m/s, m/s, rad/s",
    "achieved": "m/s, m/s, rad/s",
}


def table(summary: dict[str, Any]) -> str:
    """A summary, of `evaluation.summary` or `deploy.scorecard`, as text; a level without trials gets a dash."""
    single = {key: value for key, value in summary.items() if not isinstance(value, dict) and key != "policies"}
    width = max(18, *(len(key) + 2 for key in single))
    lines = [f"{key:<{width}}{_text(value)} {_UNITS.get(key, '')}".rstrip() for key, value in single.items()]
    if "trainings" in summary:
        lines += _trainings(summary["trainings"], len(summary["policies"]))
    if "success" in summary:
        lines += _levels(summary)
    if summary.get("record"):
        lines += _records(summary["record"])
    return "\n".join(lines)


def _trainings(found: dict[str, dict[str, Any]], number: int) -> list[str]:
    """Mean, worst and interval over trainings."""
    lines = [f"{f'of {number} trainings':<26}{'mean':>8}{'worst':>8}{'seed':>6}   95 % of the mean"]
    for key, of_key in found.items():
        low, high = of_key["interval"]
        numbers = f"{of_key['mean']:>8.3f}{of_key['worst']:>8.3f}{of_key['worst_seed']!s:>6}   {low:.3f} to {high:.3f}"
        lines.append(f"  {key:<24}{numbers} {_UNITS.get(key, '')}".rstrip())
    return lines


def _levels(summary: dict[str, Any]) -> list[str]:
    """Success by level, each type with the sizes of its levels and the trainings that had least."""
    lines = [f"{'trials of a cell':<20}{_span(summary['trials'])}"] if "trials" in summary else []
    success, sizes, worst = summary["success"], summary.get("size", {}), summary.get("worst_seed", {})
    of_all = f" of the worst of {len(summary['policies'])} trainings" if worst else ""
    lines.append(_row(f"success, % by level{of_all}", range(len(next(iter(success.values()))))))
    for kind, rates in success.items():
        lines.append(_row(f"  {kind}", ["-" if rate is None else f"{100 * rate:.0f}" for rate in rates]))
        if kind in sizes:
            lines.append(_row("    size", [f"{size:.3g}" for size in sizes[kind]]))
        if worst:
            lines.append(_row("    seed", worst[kind]))
    return lines


def _span(trials: dict[str, list[int]]) -> str:
    """How many there are: of each, or from and to."""
    counts = [count for row in trials.values() for count in row]
    return str(counts[0]) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _records(found: dict[str, Any]) -> list[str]:
    """The hardest size of each type, and in lengths of the robot."""
    shares = list(next(iter(found.values())))
    lines = ["hardest size up to which success is at least " + " and ".join(f"{share} %" for share in shares)]
    for kind, by_share in found.items():
        lines.append(f"  {kind:<18}" + "   ".join(f"{_size(by_share[share]):<36}" for share in shares).rstrip())
    return lines


def _size(record: dict[str, float] | None) -> str:
    if record is None:
        return "-"
    if "bodies" not in record:
        return f"{record['size']:.3g}"
    return f"{record['size']:.2f} m ({record['bodies']:.2f} bodies, {record['legs']:.2f} legs)"


def _row(head: str, cells: Iterable[Any]) -> str:
    return f"{head:<20}" + "".join(f"{cell!s:>7}" for cell in cells)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return f"{value:.3f}" if isinstance(value, float) else str(value)
