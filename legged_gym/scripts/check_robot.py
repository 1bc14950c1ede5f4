"""See what a URDF gives: `python legged_gym/scripts/check_robot.py ROBOT.urdf --stand --picture robot.png`.

Exit status 0 when the robot loads, 2 with one line when it is refused.
"""

import argparse
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import Parser, run_program
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file, picture_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.check_robot import check

    check(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("See what a URDF gives: mass, joints, limbs, how the robot stands; write a task to start from.")
    parser.add_argument("urdf", metavar="URDF", type=Path, help="robot description")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    parser.add_argument("--stand", action="store_true", help="let it stand under PD for 5 s")
    parser.add_argument("--picture", metavar="FILE", type=picture_file, help="draw it as it stands")
    parser.add_argument(
        "--make_task", metavar="NAME", help="write NAME.py, a task to start from, into the working folder"
    )
    parser.checks.append(_check_there)
    return parser


def _check_there(args: argparse.Namespace) -> None:
    """Tell of a file that is not there; where results are written, they tell of it."""
    if args.json is None and not os.path.exists(args.urdf):
        raise UserError(f"{args.urdf}: no such file")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
