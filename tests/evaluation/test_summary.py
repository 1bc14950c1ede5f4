"""Cells, records and the worst of several trainings, by hand."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from legged_gym.evaluation.cells import Cell, by_cell, tables
from legged_gym.evaluation.records import records
from legged_gym.evaluation.report import table
from legged_gym.evaluation.statistics import rate
from legged_gym.evaluation.summary import together
from legged_gym.evaluation.trials import Trials


def env_of(leave_tile: bool = True) -> Any:
    """A map of two levels and three columns."""
    terrain = SimpleNamespace(type_names=["gap", "pit", "gap"], num_levels=2)
    return SimpleNamespace(terrain=terrain, cfg=SimpleNamespace(termination=SimpleNamespace(leave_tile=leave_tile)))


def trials_of(levels: list[int], types: list[int], outcomes: str) -> Trials:
    """One letter a trial: across, fallen, stuck, out of time."""
    nothing = torch.zeros(len(levels))
    across, fell, stuck = (torch.tensor([letter == kind for letter in outcomes]) for kind in "afs")
    return Trials(
        torch.tensor(levels), torch.tensor(types), nothing, fell, across, stuck,
        nothing, nothing, nothing, nothing, nothing,
    )  # fmt: skip


def test_trials_are_counted_by_terrain_type_and_level() -> None:
    trials = trials_of([0, 0, 0, 0, 1, 1], [0, 2, 2, 1, 0, 2], "afsato")
    assert by_cell(env_of(), trials) == {
        "gap": [Cell(3, 1, 1, 1), Cell(2, 0, 0, 0)],
        "pit": [Cell(1, 1, 0, 0), Cell(0, 0, 0, 0)],
    }
    chosen = torch.tensor([True, False, True, False, False, False])
    assert by_cell(env_of(), trials, chosen)["gap"] == [Cell(2, 1, 0, 1), Cell(0, 0, 0, 0)]
    lasted = by_cell(env_of(leave_tile=False), trials)
    assert [cell.successes for cell in lasted["gap"]] == [1, 2]  # neither fallen nor stuck


def test_cells_as_plain_data() -> None:
    found = tables({"gap": [Cell(10, 9, 1, 0), Cell(0, 0, 0, 0)]})
    low, high = rate(9, 10)[1:3]
    assert found == {
        "success": {"gap": [0.9, None]},
        "interval": {"gap": [[low, high], None]},
        "trials": {"gap": [10, 0]},
        "falls": {"gap": [1, 0]},
        "stuck": {"gap": [0, 0]},
    }


def test_the_hardest_size_that_all_easier_ones_lead_up_to() -> None:
    success = {"gap": [1.0, 0.85, 0.7, 1.0], "beams": [0.79, 1.0, 1.0, 1.0], "pit": [0.9, 0.9, None, 1.0]}
    sizes = {"gap": [0.1, 0.35, 0.6, 0.8], "beams": [0.4, 0.3, 0.2, 0.1], "pit": [0.1, 0.213, 0.3, 0.4]}
    found = records(success, sizes, "go2")
    assert found["gap"]["80"] == pytest.approx({"size": 0.35, "bodies": 0.5, "legs": 0.35 / 0.426})
    assert found["gap"]["90"] == pytest.approx({"size": 0.1, "bodies": 1 / 7, "legs": 0.1 / 0.426})
    assert found["beams"] == {"80": None, "90": None}
    assert found["pit"]["90"] == pytest.approx({"size": 0.213, "bodies": 0.213 / 0.7, "legs": 0.5})
    assert records(success, sizes, "unknown")["gap"]["80"] == {"size": 0.35}
    assert records({"tilted_ramps": [1.0]}, {"tilted_ramps": [5.0]}, "go2")["tilted_ramps"]["80"] == {"size": 5.0}
    assert records({"slope_up": [1.0]}, {}, "go2") == {}


def summary_of(rates: list[float | None], fall_rate: float) -> dict[str, Any]:
    cells = {
        "gap": [Cell(10, round(10 * (rate or 0.0)), 0, 0) if rate is not None else Cell(0, 0, 0, 0) for rate in rates]
    }
    sizes = {"gap": [0.1 * level for level in range(1, len(rates) + 1)]}
    return {"episodes": 20, "fall_rate": fall_rate, "achieved": [fall_rate, 1.0], **tables(cells), "size": sizes}


def test_the_worst_training_counts_in_each_cell() -> None:
    both = together([summary_of([1.0, 0.5, None], 0.0), summary_of([0.8, 0.9, None], 0.5)], [3, 4], "go2")
    assert both["success"] == {"gap": [0.8, 0.5, None]} and both["worst_seed"] == {"gap": [4, 3, 3]}
    assert both["interval"]["gap"][1] == list(rate(5, 10)[1:3])
    assert both["fall_rate"] == 0.25 and both["achieved"] == [0.25, 1.0] and both["episodes"] == 20
    assert [policy["seed"] for policy in both["policies"]] == [3, 4]
    assert both["record"]["gap"]["80"]["size"] == pytest.approx(0.1) and both["record"]["gap"]["90"] is None
    falls, success = both["trainings"]["fall_rate"], both["trainings"]["success_rate"]
    assert falls["mean"] == 0.25 and (falls["worst"], falls["worst_seed"]) == (0.5, 4)
    # Two values 0.5 apart: a standard error of 0.25, times 12.706, and falls cannot be fewer than none.
    assert falls["interval"] == [0.0, pytest.approx(0.25 + 12.706 * 0.25)]
    assert success["mean"] == pytest.approx(0.8) and (success["worst"], success["worst_seed"]) == (0.75, 3)
    assert success["interval"] == [pytest.approx(0.8 - 12.706 * 0.05), 1.0]
    lines = table(both).splitlines()
    assert "  fall_rate                  0.250   0.500     4   0.000 to 3.426" in lines
    assert "success, % by level of the worst of 2 trainings      0      1      2" in lines
    assert "  gap                    80     50      -" in lines
    assert "    size                0.1    0.2    0.3" in lines
    assert "    seed                  4      3      3" in lines
    assert lines[-1].split() == ["gap", "0.10", "m", "(0.14", "bodies,", "0.23", "legs)", "-"]
