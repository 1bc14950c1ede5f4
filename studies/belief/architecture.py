"""Part 2, architecture: memory and gate, each with and without; success by step height, and learning curves."""

from pathlib import Path
from typing import Any

from legged_gym.utils.errors import UserError
from studies.belief.cells import Plan, Records, cells
from studies.belief.conditions import noise_title
from studies.belief.maps import STEP_HEIGHTS
from studies.belief.policies import GRU_NONE, LABELS, MLP_GATE, MLP_NONE, STUDENT
from studies.tables import percent, table

VARIANTS = (STUDENT, GRU_NONE, MLP_GATE, MLP_NONE)
CONDITIONS = ("small", "large")
CURVES = ("Loss/behaviour", "Loss/heights_reconstruction")
"""Scalars of a student's training."""
MAX_POINTS = 200
"""Most points that are kept of a curve."""


def plan(policies: list[str], terrains: list[str], trials: int) -> Plan:
    """Cells on a map of step heights."""
    present = [name for name in VARIANTS if name in policies]
    return cells(present, terrains, range(len(STEP_HEIGHTS)), CONDITIONS, trials)


def summarize(records: Records) -> dict[str, Any]:
    """Success by condition and variant: a rate for each of `STEP_HEIGHTS`, over all terrains with steps."""
    terrains = records.names("terrain")
    present = [name for name in VARIANTS if name in records.names("policy")]
    return {
        condition: {
            name: [
                found._asdict() if (found := records.rate(name, terrains, [level], condition)) else None
                for level in range(len(STEP_HEIGHTS))
            ]
            for name in present
        }
        for condition in CONDITIONS
    }


def report(summary: dict[str, Any]) -> str:
    """Tables of the summary."""
    header = ["step height, cm", *(f"{100 * height:.0f}" for height in STEP_HEIGHTS)]
    return "\n\n".join(
        table(
            f"architecture, {noise_title(condition)}: success, %",
            header,
            [[LABELS[name], *(percent(value) for value in rates)] for name, rates in rows.items()],
        )
        for condition, rows in summary.items()
    )


def read_curves(logs: Path) -> dict[str, Any]:
    """Learning curves from the runs' logs.

    Args:
        logs: folder with the run folder of a student's training under each policy's name, or a link to it; policies
            may be missing.

    Returns:
        By policy and scalar: `step` and `value`, at most `MAX_POINTS` of them.

    Raises:
        UserError: there is no such folder, or no policy's training in it.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # slow to import

    if not logs.is_dir():
        raise UserError(f"no folder {logs}")
    curves: dict[str, Any] = {}
    for name in LABELS:
        if not (logs / name).is_dir():
            continue
        events = EventAccumulator(str(logs / name)).Reload()
        known = [tag for tag in CURVES if tag in events.Tags()["scalars"]]
        curves[name] = {tag: _thinned(events.Scalars(tag)) for tag in known}
    if not curves:
        raise UserError(f"{logs} has no run folder of a policy's training: {', '.join(LABELS)}")
    return curves


def _thinned(events: list[Any]) -> dict[str, list]:
    kept = events[:: max(1, -(-len(events) // MAX_POINTS))]
    return {"step": [event.step for event in kept], "value": [event.value for event in kept]}
