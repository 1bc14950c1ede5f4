"""What the trials of each terrain type and level came to."""

from typing import Any, NamedTuple

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.evaluation.statistics import rate
from legged_gym.evaluation.trials import Trials


class Cell(NamedTuple):
    """Numbers of trials on one terrain type and level. What is neither of the last three was out of time."""

    trials: int
    successes: int
    falls: int
    stuck: int
    """Trials of robots that did not get on."""


Cells = dict[str, list[Cell]]
"""By terrain type: a cell for each level."""


def by_cell(env: LeggedRobot, trials: Trials, chosen: torch.Tensor | None = None) -> Cells:
    """Count trials.

    Args:
        env: where they were run, on a map.
        trials: all of them.
        chosen: those that count [N] bool; None: all.
    """
    names, levels, types = env.terrain.type_names, trials.levels.cpu(), trials.types.cpu()
    succeeded = trials.left_tile if env.cfg.termination.leave_tile else ~(trials.fell | trials.stuck)
    ones = torch.ones_like(succeeded) if chosen is None else chosen
    outcomes = torch.stack((ones, succeeded & ones, trials.fell & ones, trials.stuck & ones), dim=1).cpu()
    cells: Cells = {}
    for kind in dict.fromkeys(names):
        here = torch.tensor([name == kind for name in names])[types]
        counts = [outcomes[here & (levels == level)].sum(dim=0).tolist() for level in range(env.terrain.num_levels)]
        cells[kind] = [Cell(*count) for count in counts]
    return cells


def tables(cells: Cells) -> dict[str, Any]:
    """Cells as plain data: `success` and its 95 % `interval`, `trials`, `falls` and `stuck`.

    Each is by terrain type a list with an entry for each level; without trials the first two are None.
    """
    rates = {
        kind: [rate(cell.successes, cell.trials) if cell.trials else None for cell in row]
        for kind, row in cells.items()
    }
    return {
        "success": {kind: [share and share.value for share in row] for kind, row in rates.items()},
        "interval": {kind: [share and [share.low, share.high] for share in row] for kind, row in rates.items()},
        "trials": {kind: [cell.trials for cell in row] for kind, row in cells.items()},
        "falls": {kind: [cell.falls for cell in row] for kind, row in cells.items()},
        "stuck": {kind: [cell.stuck for cell in row] for kind, row in cells.items()},
    }
