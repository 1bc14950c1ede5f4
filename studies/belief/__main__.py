"""What memory can be worth at most under each noise of the map: `python -m studies.belief`."""

from collections.abc import Sequence

import torch

from legged_gym.scripts.command_line import Parser, run_program
from studies.belief.memory_bound import SIDES, STEPS, conditions, foot_scan, level_height, stone_bounds
from studies.tables import number, table


def main(argv: Sequence[str] | None = None) -> None:
    """Print both answers for training's conditions and for the suite's."""
    Parser("What memory can be worth at most under each noise of the map.").parse(argv)
    torch.manual_seed(1)
    points, rows = len(foot_scan().points), []
    for name, noise in conditions().items():
        heights = [level_height(noise, count, steps) for count, steps in ((1, 1), (points, 1), (points, STEPS[-1]))]
        heights.append(level_height(noise, points, STEPS[-1], touched=True))
        rows.append([name, *(number(height, 1, 100.0) for height in heights)])
    last = f"{STEPS[-1]} steps"
    header = ["noise", "one sample", "one step", last, f"{last} and a touch"]
    print(table("height of level ground under a foot: error, cm", header, rows))
    for side in SIDES:
        found = {name: stone_bounds(noise, side) for name, noise in conditions().items()}
        rows = [
            [name, *(f"{100 * bound.place:.1f} ({100 * bound.footholds:.0f})" for bound in bounds)]
            for name, bounds in found.items()
        ]
        title = f"\nwhere stones of {side:g} m lie: error on one axis, cm (middles found, %), by steps remembered"
        print(table(title, ["noise", *map(str, STEPS)], rows))


if __name__ == "__main__":
    run_program(main)
