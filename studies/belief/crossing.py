"""Part 6, ground where sight decides: success by terrain type and level with a good map, a bad one and none.

For tasks with ways across. Where a step too short is a fall, a belief that follows a bad map has something to lose, and
one that forgets a good map has, too.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from legged_gym.evaluation.statistics import Rate
from studies.belief.cells import Plan, Records, cells
from studies.belief.policies import BLIND, NOISY_MLP, STUDENT, TEACHER
from studies.belief.success import LOW_LEVELS, MARGIN, lines, present, rates, worst
from studies.tables import table

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
    levels = sorted(records.names("level"))
    return {
        condition: {terrain: rates(records, terrain, levels, condition) for terrain in records.names("terrain")}
        for condition in CONDITIONS
    }


def report(summary: dict[str, Any]) -> str:
    """A table for each condition."""
    texts = []
    for condition, terrains in summary.items():
        count = max(len(found) for rows in terrains.values() for found in rows.values())
        header = [f"{TITLES[condition]}: success, % by level", *(str(level) for level in range(count))]
        rows = [
            [f"{terrain.replace('_', ' ')}: {label}", *values]
            for terrain, policies in terrains.items()
            for label, *values in lines(policies)
        ]
        texts.append(table("ground where sight decides", header, rows))
    return "\n\n".join(texts)


def targets(records: Records) -> list[dict[str, Any]]:
    """What was aimed at, and whether it was reached; as `success.targets` has it."""
    terrains, levels = records.names("terrain"), sorted(records.names("level"))
    places = [(terrain, [level]) for terrain in terrains for level in levels]
    found = [
        _near_teacher(records, terrains),
        _above_noisy_mlp(records, [terrain for terrain in DECIDING if terrain in terrains], levels),
        _not_below_blind(records, "large", places),
        _not_below_blind(records, NO_MAP, [(terrain, levels) for terrain in terrains]),
    ]
    return [target for target in found if target]


def _near_teacher(records: Records, terrains: Iterable[str]) -> dict[str, Any] | None:
    shares = []
    for terrain in terrains:
        student, teacher = (records.rate(name, [terrain], LOW_LEVELS, "none") for name in (STUDENT, TEACHER))
        if student and teacher and teacher.value > 0.0:
            shares.append((student.value / teacher.value, terrain))
    return worst(f"student / teacher, good map, levels 0-{max(LOW_LEVELS)} of a type", shares, STUDENT_SHARE)


def _above_noisy_mlp(records: Records, terrains: Sequence[str], levels: Sequence[int]) -> dict[str, Any] | None:
    student, plain = (records.rate(name, terrains, levels, "large") for name in (STUDENT, NOISY_MLP))
    if not (student and plain):
        return None
    where = f"{_bounds(student)} against {_bounds(plain)} %"
    name = "student - noisy-map MLP, large noise, gaps, stones and pits together"
    return worst(name, [(student.value - plain.value, where)], MARGIN)


def _not_below_blind(
    records: Records, condition: str, places: Iterable[tuple[str, Sequence[int]]]
) -> dict[str, Any] | None:
    """Below only where the confidence intervals do not overlap; the value is the overlap."""
    overlaps = []
    for terrain, levels in places:
        student, blind = (records.rate(name, [terrain], levels, condition) for name in (STUDENT, BLIND))
        if student and blind:
            where = f"{terrain} {levels[0]}" if len(levels) == 1 else terrain
            overlaps.append((student.high - blind.low, where))
    return worst(f"student - blind, {TITLES[condition]}: upper - lower bound", overlaps, 0.0)


def _bounds(rate: Rate) -> str:
    return f"{100 * rate.low:.1f}-{100 * rate.high:.1f}"
