"""Evaluate a policy: `python legged_gym/scripts/evaluate.py --task=NAME [--checkpoint FILE] [--json FILE]`.

`--command VX VY WZ` gives all robots one command, and reports what came of it; `--responses` does so for slow and fast
ones along each axis, turning on the spot, and none, on level ground. `--set` holds over the settings of the
trials too, such as `--set domain_rand.friction_range=[0.3,1.25]`.
Several files after `--checkpoint`, trainings of one task with different seeds, are judged together: the worst of them
counts in each cell, and over all cells there are mean, worst and an interval. `--seeds 1,2,3` finds the newest run of
each seed.
`--suite=belief` compares a teacher, its student and the students beside them (see `studies/belief`); `--suite=sight`
judges any number of policies, seeing and blind, on ground to cross, and whether they use their map (`docs/sight.md`).
"""

import argparse
import os
from collections.abc import Sequence
from functools import partial

from legged_gym.config.quantities import Velocity
from legged_gym.evaluation.suites import SUITES
from legged_gym.scripts.command_line import Parser, existing, quantity, run_program, seed_numbers, task_parser, whole
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.evaluate import evaluate

    evaluate(args)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Evaluate a trained policy.", many_checkpoints=True)
    parser.add_argument(
        "--command", metavar=("VX", "VY", "WZ"), nargs=3, type=quantity(Velocity, "m/s or rad/s"),
        help="one velocity command for all robots, m/s, m/s, rad/s; default: drawn (rough ground: straight ahead)",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", metavar="1,2,...", type=seed_numbers,
        help="judge the newest run of each of these seeds of train.py together; --seed is that of the trials",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    parser.add_argument("--plot", metavar="FILE", help="plot the results to a PNG; of a suite: to a folder of them")
    parser.add_argument(
        "--responses", action="store_true", help="what comes of slow and fast commands, of turning on the spot and none"
    )
    parser.add_argument(
        "--image", choices=("swapped", "frozen", "black"),
        help="show a policy with a depth camera wrong images: another robot's, the episode's first, or none",
    )  # fmt: skip
    parser.add_argument("--suite", choices=tuple(SUITES), help="many trials beside each other: see the suite's docs")
    parser.add_argument("--policies", metavar="DIR", help="suite: folder of TASK_NAME.pt; default: resources/policies")
    parser.add_argument("--trials", metavar="N", type=whole(1, 1_000_000), help="suite: trials of each cell")
    parser.add_argument("--parts", metavar="1,2,...", help="suite: the parts to measure; default: all")
    parser.add_argument("--logs", metavar="DIR", help="suite: folder with a training's run folder for each policy")
    parser.add_argument(
        "--from_json", metavar="FILE", type=existing, help="suite: tables and figures of what --json wrote"
    )
    parser.checks.append(_check_plot)
    return parser


def _check_plot(args: argparse.Namespace) -> None:
    """Refuse a picture in the place of the results."""
    if args.plot and args.json and os.path.realpath(args.plot) == os.path.realpath(args.json):
        raise UserError(f"argument --plot: {args.plot} is what --json names: choose another")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
