"""Part 6, ground where sight decides: success by terrain type and level with a good map, a bad one and none.

For tasks with ways across. Where a step too short is a fall, a belief that follows a bad map has something to lose, and
one that forgets a good map has, too.
"""

from collections.abc import Sequence
from typing import Any

from legged_gym.evaluation.statistics import Rate
from studies.belief.cells import Plan, Records, cells
from studies.belief.policies import NOISY_MLP, STUDENT
from studies.belief.success import (
    LOW_LEVELS,
    MARGIN,
    near_teacher,
    not_below_blind,
    present,
    report_levels,
    success_by_level,
    worst,
)

NO_MAP = "no map"
CONDITIONS = ("none", "small", "large", NO_MAP)
TITLES = {"none": "good map", "small": "small noise", "large": "large noise", NO_MAP: NO_MAP}
"""How tables call the conditions."""
DECIDING = ("gap", "gap_track", "stepping_stones", "pit")
"""Terrain types on which memory is to tell under large noise, taken together."""
STUDENT_SHARE = 0.9
"""Share of the teacher's success that a student with a good map is to reach on each type of `LOW_LEVELS`."""


def plan(policies: list[str], terrains: list[str], levels: list[int], trials: int) -> Plan:
    """Cells on the task's own map."""
    return cells(present(policies), terrains, levels, CONDITIONS, trials)


def summarize(records: Records) -> dict[str, Any]:
    """By condition, terrain type and policy: a rate for each level."""
    return success_by_level(records, CONDITIONS)


def report(summary: dict[str, Any]) -> str:
    """A table for each condition."""
    return report_levels("ground where sight decides", summary, TITLES.__getitem__)


def targets(records: Records) -> list[dict[str, Any]]:
    """What was aimed at, and whether it was reached; as `success.targets` has it."""
    terrains, levels = records.names("terrain"), sorted(records.names("level"))
    everywhere = [(terrain, [level]) for terrain in terrains for level in levels]
    low = f"student / teacher, good map, levels 0-{max(LOW_LEVELS)} of a type"
    found = [
        near_teacher(records, [(terrain, LOW_LEVELS) for terrain in terrains], low, STUDENT_SHARE),
        _above_noisy_mlp(records, [terrain for terrain in DECIDING if terrain in terrains], levels),
        not_below_blind(records, everywhere, "large", TITLES["large"]),
        not_below_blind(records, [(terrain, levels) for terrain in terrains], NO_MAP, TITLES[NO_MAP]),
    ]
    return [target for target in found if target]


def _above_noisy_mlp(records: Records, terrains: Sequence[str], levels: Sequence[int]) -> dict[str, Any] | None:
    student, plain = (records.rate(name, terrains, levels, "large") for name in (STUDENT, NOISY_MLP))
    if not (student and plain):
        return None
    where = f"{_bounds(student)} against {_bounds(plain)} %"
    name = "student - noisy-map MLP, large noise, gaps, stones and pits together"
    return worst(name, [(student.value - plain.value, where)], MARGIN)


def _bounds(rate: Rate) -> str:
    return f"{100 * rate.low:.1f}-{100 * rate.high:.1f}"
