"""Cells of the evaluation: who walks where under which condition, and what comes of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from legged_gym.config.fields import NonNegative, NonNegativeInt, OneOf, Share
from legged_gym.evaluation.statistics import Rate, rate
from studies.belief.conditions import CONDITIONS
from studies.belief.policies import LABELS

Record = dict[str, Any]
"""A cell with its outcome, plain data: `policy`, `terrain`, `level`, `condition`, `trials`, `successes`, `falls`,
`steps` (control steps in all), and means over steps, None for the teacher: `action_error` (squared norm of the
difference to the teacher's actions), `action_error_se` (its standard error), `height_error` (decoded minus true height
samples, mean square, m^2), `gate` (mean alpha)."""
Mean = NonNegative | None
Gate = Share | None
RECORD: dict[str, Any] = {
    "policy": Annotated[str, OneOf(*LABELS)], "condition": Annotated[str, OneOf(*CONDITIONS)], "steps": NonNegativeInt,
    **dict.fromkeys(("action_error", "action_error_se", "height_error"), Mean), "gate": Gate,
}  # fmt: skip
"""Declarations of the same, as far as they are not those of any trials."""
CELL = ("policy", "terrain", "level", "condition")
"""What tells the records of a map from each other."""


@dataclass(frozen=True)
class Cell:
    """Trials of one kind."""

    policy: str
    terrain: str
    """Terrain type."""
    level: int
    condition: str
    """A key of `CONDITIONS`."""


Plan = dict[Cell, int]
"""Cells to measure on one map and the number of trials of each."""


def cells(
    policies: Iterable[str], terrains: Iterable[str], levels: Iterable[int], conditions: Iterable[str], trials: int
) -> Plan:
    """All combinations."""
    levels, conditions, terrains = list(levels), list(conditions), list(terrains)
    return {
        Cell(policy, terrain, level, condition): trials
        for policy in policies
        for condition in conditions
        for terrain in terrains
        for level in levels
    }


def merged(plans: Iterable[Plan], blind: Collection[str]) -> Plan:
    """One plan for several parts: a cell that more of them want is measured once, with the most trials asked for.

    Args:
        plans: to merge.
        blind: policies that see no noisy map: they walk under `none`, which stands for all conditions.
    """
    result: Plan = {}
    for plan in plans:
        for cell, trials in plan.items():
            if cell.policy in blind:
                cell = Cell(cell.policy, cell.terrain, cell.level, "none")
            result[cell] = max(trials, result.get(cell, 0))
    return result


class Records:
    """Measured cells of one map, to be asked for."""

    def __init__(self, records: Sequence[Record], blind: Collection[str]) -> None:
        """Index them.

        Args:
            records: of all cells.
            blind: as in `merged`.
        """
        self.all = records
        self.blind = blind
        self._index = {tuple(record[name] for name in CELL): record for record in records}

    def select(self, policy: str, terrains: Iterable[str], levels: Iterable[int], condition: str) -> list[Record]:
        """Records of the cells, those that were not measured left out."""
        if policy in self.blind:
            condition = "none"
        levels = list(levels)
        keys = [(policy, terrain, level, condition) for terrain in terrains for level in levels]
        return [self._index[key] for key in keys if key in self._index]

    def rate(self, policy: str, terrains: Iterable[str], levels: Iterable[int], condition: str) -> Rate | None:
        """Share of successes over all trials of the cells; None without any."""
        found = self.select(policy, terrains, levels, condition)
        trials = sum(record["trials"] for record in found)
        return rate(sum(record["successes"] for record in found), trials) if trials else None

    def names(self, key: str) -> list[Any]:
        """The policies, terrains, levels or conditions that occur, in order."""
        return list(dict.fromkeys(record[key] for record in self.all))
