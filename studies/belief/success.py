"""Part 3, exteroception against blindness: success by step height, and on the standard map with its targets."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from studies.belief.cells import Plan, Records, cells
from studies.belief.conditions import noise_title
from studies.belief.maps import STEP_HEIGHTS
from studies.belief.policies import BLIND, LABELS, NOISY_MLP, STUDENT, TEACHER
from studies.tables import percent, table

COMPARED = (TEACHER, STUDENT, NOISY_MLP, BLIND)
HEIGHT_CONDITIONS = ("none", "small", "large")
MAP_CONDITIONS = ("none", "small", "large", "training")
STEPPED = ("stairs_up", "stairs_down", "discrete")
"""Terrains with steps."""
MIDDLE_LEVELS = range(4, 9)
LOW_LEVELS = range(7)

Place = tuple[str, Sequence[int]]
"""A terrain type and levels of it, taken together."""

STUDENT_SHARE = 0.95
"""Share of the teacher's success that a student with a perfect map is to reach."""
MARGIN = 0.15
"""Difference of success rates by which a student is to beat the noisy-map MLP where the map is bad."""
GATE_GAIN = 0.05
"""Share of the action error that the gate is to take away where the map is good."""


def height_plan(policies: list[str], terrains: list[str], trials: int) -> Plan:
    """Cells on a map of step heights."""
    return cells(present(policies), terrains, range(len(STEP_HEIGHTS)), HEIGHT_CONDITIONS, trials)


def map_plan(policies: list[str], terrains: list[str], levels: list[int], trials: int) -> Plan:
    """Cells on the standard map."""
    return cells(present(policies), terrains, levels, MAP_CONDITIONS, trials)


def summarize_heights(records: Records) -> dict[str, Any]:
    """By terrain, condition and policy: a rate for each of `STEP_HEIGHTS`."""
    return {
        terrain: {
            condition: _rates(records, terrain, range(len(STEP_HEIGHTS)), condition) for condition in HEIGHT_CONDITIONS
        }
        for terrain in records.names("terrain")
    }


def summarize_map(records: Records) -> dict[str, Any]:
    """By condition, terrain and policy: a rate for each level."""
    return success_by_level(records, MAP_CONDITIONS)


def success_by_level(records: Records, conditions: Iterable[str]) -> dict[str, Any]:
    """By condition, terrain type and policy: a rate for each level."""
    levels = sorted(records.names("level"))
    return {
        condition: {terrain: _rates(records, terrain, levels, condition) for terrain in records.names("terrain")}
        for condition in conditions
    }


def report_heights(summary: dict[str, Any]) -> str:
    """Tables of success by height."""
    header = ["step height, cm", *(f"{100 * height:.0f}" for height in STEP_HEIGHTS)]
    return "\n\n".join(
        table(f"{terrain.replace('_', ' ')}, {noise_title(condition)}: success, %", header, _lines(rows))
        for terrain, conditions in summary.items()
        for condition, rows in conditions.items()
    )


def report_map(summary: dict[str, Any]) -> str:
    """Tables of success on the standard map."""
    return report_levels("standard map", summary, noise_title)


def report_levels(title: str, summary: dict[str, Any], condition_title: Callable[[str], str]) -> str:
    """A table for each condition of what `success_by_level` gave."""
    texts = []
    for condition, terrains in summary.items():
        count = max(len(found) for rows in terrains.values() for found in rows.values())
        header = [f"{condition_title(condition)}: success, % by level", *(str(level) for level in range(count))]
        found = [
            [f"{terrain.replace('_', ' ')}: {label}", *values]
            for terrain, rows in terrains.items()
            for label, *values in _lines(rows)
        ]
        texts.append(table(title, header, found))
    return "\n\n".join(texts)


def targets(records: Records, gate: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What was aimed at, and whether it was reached.

    Args:
        records: of the standard map.
        gate: summary of the gate ablation, if it was made.

    Returns:
        For each target whose policies were measured: `name`, `passed`, `value`, `limit`, and `where` the value, the
        worst one, was found.
    """
    terrains, levels = records.names("terrain"), sorted(records.names("level"))
    everywhere = [(terrain, [level]) for terrain in terrains for level in levels]
    low = [(terrain, level) for terrain, level in everywhere if level[0] in LOW_LEVELS]
    found = [
        near_teacher(records, low, f"student / teacher, no noise, levels 0-{max(LOW_LEVELS)}", STUDENT_SHARE),
        not_below_blind(records, everywhere, "large", noise_title("large")),
        _above_noisy_mlp(records, [terrain for terrain in STEPPED if terrain in terrains]),
        *(_gate_targets(gate["small"]["mean"], gate["large"]["mean"]) if gate else []),
    ]
    return [target for target in found if target]


def report_targets(found: list[dict[str, Any]]) -> str:
    """A table of the targets."""
    header = ["target", "value", "limit", "worst at", ""]
    rows = [
        [target["name"], f"{target['value']:.3f}", f"{target['limit']:.3f}", target["where"], _verdict(target)]
        for target in found
    ]
    return table("targets", header, rows)


def _verdict(target: dict[str, Any]) -> str:
    return "pass" if target["passed"] else "FAIL"


def near_teacher(records: Records, places: Iterable[Place], name: str, limit: float) -> dict[str, Any] | None:
    """The student's share of the teacher's success, both with a perfect map."""
    shares = []
    for terrain, levels in places:
        student, teacher = (records.rate(policy, [terrain], levels, "none") for policy in (STUDENT, TEACHER))
        if student and teacher and teacher.value > 0.0:
            shares.append((student.value / teacher.value, _label(terrain, levels)))
    return worst(name, shares, limit)


def not_below_blind(
    records: Records, places: Iterable[Place], condition: str, condition_title: str
) -> dict[str, Any] | None:
    """Below only where the confidence intervals do not overlap; the value is the overlap."""
    overlaps = []
    for terrain, levels in places:
        student, blind = (records.rate(policy, [terrain], levels, condition) for policy in (STUDENT, BLIND))
        if student and blind:
            overlaps.append((student.high - blind.low, _label(terrain, levels)))
    return worst(f"student - blind, {condition_title}: upper - lower bound", overlaps, 0.0)


def _label(terrain: str, levels: Sequence[int]) -> str:
    return f"{terrain} {levels[0]}" if len(levels) == 1 else terrain


def _above_noisy_mlp(records: Records, terrains: Iterable[str]) -> dict[str, Any] | None:
    leads = []
    for terrain in terrains:
        student, plain = (records.rate(name, [terrain], MIDDLE_LEVELS, "large") for name in (STUDENT, NOISY_MLP))
        if student and plain:
            leads.append((student.value - plain.value, terrain))
    name = f"student - noisy-map MLP, large noise, levels {min(MIDDLE_LEVELS)}-{max(MIDDLE_LEVELS)}"
    return worst(name, leads, MARGIN)


def _gate_targets(small: dict[str, Any], large: dict[str, Any]) -> list[dict[str, Any] | None]:
    """No harm: not worse beyond the gain's confidence interval."""
    if small["action_gain"] is None or large["action_gain"] is None:
        return []
    bound = large["action_gain"] + 1.96 * large["action_gain_se"]
    return [
        worst("gate's gain in action error, small noise", [(small["action_gain"], "mean")], GATE_GAIN),
        worst("gate's gain in action error, large noise: upper bound", [(bound, "mean")], 0.0),
    ]


def worst(name: str, values: list[tuple[float, str]], limit: float) -> dict[str, Any] | None:
    """The target whose value is the least of what was found, each with its place; None where nothing was."""
    if not values:
        return None
    value, where = min(values)
    return {"name": name, "passed": value >= limit, "value": value, "limit": limit, "where": where}


def present(policies: Iterable[str]) -> list[str]:
    """Those of `COMPARED` that are there."""
    return [name for name in COMPARED if name in policies]


def _rates(records: Records, terrain: str, levels: Iterable[int], condition: str) -> dict[str, list]:
    """By policy: a rate as plain data for each level, None where it was not measured."""
    levels = list(levels)
    found = {
        name: [records.rate(name, [terrain], [level], condition) for level in levels]
        for name in present(records.names("policy"))
    }
    return {name: [value._asdict() if value else None for value in values] for name, values in found.items()}


def _lines(rows: dict[str, list]) -> list[list[str]]:
    """Rows of a table from `_rates`."""
    return [[LABELS[name], *(percent(rate) for rate in rates)] for name, rates in rows.items()]
