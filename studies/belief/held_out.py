"""Part 5, held-out noise and controls: success where the map, or the memory, is wrong as it never was in training."""

from typing import Any

from studies.belief.cells import Plan, Records, cells
from studies.belief.policies import GRU_NONE, LABELS, NOISY_MLP, STUDENT
from studies.belief.success import MIDDLE_LEVELS, STEPPED
from studies.tables import percent, table

SWEEP = {"none": 0.0, "large x 0.5": 0.5, "large": 1.0, "large x 1.5": 1.5, "large x 2": 2.0}
"""Conditions of the sweep of c, and its values."""
FAULTS = ("cell offsets", "stale map", "10 % dropped", "20 % dropped", "30 % dropped", "none to large")
MEMORY = ("none, reset memory", "none, shuffled memory", "large, reset memory", "large, shuffled memory")
COMPARED = (STUDENT, GRU_NONE, NOISY_MLP)
WITH_MEMORY = (STUDENT, GRU_NONE)


def plan(policies: list[str], terrains: list[str], levels: list[int], trials: int) -> Plan:
    """Cells on the standard map."""
    terrains = [terrain for terrain in terrains if terrain in STEPPED]
    levels = [level for level in levels if level in MIDDLE_LEVELS]
    compared = [name for name in COMPARED if name in policies]
    remembering = [name for name in WITH_MEMORY if name in policies]
    faults = cells(compared, terrains, levels, [*SWEEP, *FAULTS], trials)
    return faults | cells(remembering, terrains, levels, MEMORY, trials)


def summarize(records: Records) -> dict[str, Any]:
    """By policy and condition: the rate on each terrain with steps, and over all of them."""
    present = records.names("terrain")
    terrains = {terrain: [terrain] for terrain in STEPPED if terrain in present} | {"all": list(STEPPED)}
    result: dict[str, Any] = {}
    for name in COMPARED:
        rows = {
            condition: {
                label: found._asdict()
                for label, part in terrains.items()
                if (found := records.rate(name, part, MIDDLE_LEVELS, condition))
            }
            for condition in [*SWEEP, *FAULTS, *MEMORY]
        }
        rows = {condition: row for condition, row in rows.items() if row}
        if rows:
            result[name] = rows
    return result


def report(summary: dict[str, Any]) -> str:
    """Tables of the summary."""
    texts = []
    for name, rows in summary.items():
        columns = list(next(iter(rows.values())))
        header = [LABELS[name], *(column.replace("_", " ") for column in columns)]
        lines = [
            [condition, *(percent(row.get(column), interval=column == "all") for column in columns)]
            for condition, row in rows.items()
        ]
        title = f"held-out noise: success on levels {min(MIDDLE_LEVELS)}-{max(MIDDLE_LEVELS)}, %"
        texts.append(table(title, header, lines))
    return "\n\n".join(texts)
