"""Part 1, gate ablation: how close a student with and one without gate come to the teacher, by terrain and noise.

Action error: mean over steps of the squared norm of (student's - teacher's) actions. Height error: mean over steps and
samples of the square of (decoded - true) heights, m^2. Each student drives; all levels count alike.
"""

import math
from typing import Any

from legged_gym.evaluation.statistics import relative_gain
from studies.belief.cells import Plan, Record, Records, cells
from studies.belief.conditions import noise_title
from studies.belief.policies import GRU_NONE, STUDENT
from studies.tables import number, table

CONDITIONS = ("small", "large")
GATE, NO_GATE = STUDENT, GRU_NONE


def plan(policies: list[str], terrains: list[str], levels: list[int], trials: int) -> Plan:
    """Cells on the standard map."""
    present = [name for name in (GATE, NO_GATE) if name in policies]
    return cells(present, terrains, levels, CONDITIONS, trials)


def summarize(records: Records) -> dict[str, Any]:
    """By condition and terrain, and the mean over terrains: errors of both students, and what the gate gains.

    A gain is the share of the error that the gate takes away, with its standard error for the actions; None where one
    of the students was not measured.
    """
    terrains, levels = records.names("terrain"), records.names("level")
    result: dict[str, Any] = {}
    for condition in CONDITIONS:
        rows: dict[str, Any] = {}
        for terrain in terrains:
            found = {name: records.select(name, [terrain], levels, condition) for name in (GATE, NO_GATE)}
            rows[terrain] = {name: _pooled(part) for name, part in found.items() if part}
        mean = {name: _mean([row[name] for row in rows.values() if name in row]) for name in (GATE, NO_GATE)}
        rows["mean"] = {name: value for name, value in mean.items() if value}
        result[condition] = {terrain: row | _gains(row) for terrain, row in rows.items()}
    return result


def report(summary: dict[str, Any]) -> str:
    """Tables of the summary."""
    header = ["terrain", "action: gate", "no gate", "gain %", "+-", "height: gate", "no gate", "gain %"]
    texts = []
    for condition, rows in summary.items():
        lines = [
            [
                terrain.replace("_", " "),
                *(number(row.get(name, {}).get("action_error")) for name in (GATE, NO_GATE)),
                number(row["action_gain"], 1, 100.0),
                number(row["action_gain_se"], 1, 196.0),
                *(number(row.get(name, {}).get("height_error"), 2, 1000.0) for name in (GATE, NO_GATE)),
                number(row["height_gain"], 1, 100.0),
            ]
            for terrain, row in rows.items()
        ]
        title = f"gate ablation, {noise_title(condition)}: action error (squared norm), height error (1e-3 m^2)"
        texts.append(table(title, header, lines))
    return "\n\n".join(texts)


def _pooled(records: list[Record]) -> dict[str, float]:
    """Means over all steps of the records."""
    steps = sum(record["steps"] for record in records)

    def mean(key: str) -> float:
        return sum(record[key] * record["steps"] for record in records) / steps

    error = math.hypot(*(record["action_error_se"] * record["steps"] for record in records)) / steps
    return {
        "action_error": mean("action_error"),
        "action_error_se": error,
        "height_error": mean("height_error"),
        "gate": mean("gate"),
    }


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    if not rows:
        return {}
    mean = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
    return mean | {"action_error_se": math.hypot(*(row["action_error_se"] for row in rows)) / len(rows)}


def _gains(row: dict[str, dict[str, float]]) -> dict[str, float | None]:
    if GATE not in row or NO_GATE not in row:
        return dict.fromkeys(("action_gain", "action_gain_se", "height_gain"))
    new, old = row[GATE], row[NO_GATE]
    gain, error = relative_gain(
        new["action_error"], new["action_error_se"], old["action_error"], old["action_error_se"]
    )
    return {
        "action_gain": gain,
        "action_gain_se": error,
        "height_gain": 1.0 - new["height_error"] / old["height_error"],
    }
