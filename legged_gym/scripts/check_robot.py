"""See what a URDF gives: `python legged_gym/scripts/check_robot.py ROBOT.urdf --stand --picture robot.png`.

Exit status 0 when the robot loads, 2 with one line when it is refused.
"""

import argparse
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from legged_gym.inspection.inspect import inspect_robot, summary
from legged_gym.inspection.picture import draw
from legged_gym.inspection.report import report_lines, stand_line
from legged_gym.inspection.standing import best_stance
from legged_gym.inspection.task_file import task_path, write_task
from legged_gym.scripts.command_line import Parser, run_program
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file, picture_file, write_json


def main(argv: Sequence[str] | None = None) -> None:
    """Read, compile and tell; then stand, draw and write what is asked for."""
    args = make_parser().parse(argv)
    if args.make_task is not None:
        task_path(args.make_task)
    with _notices_in_the_report_alone():
        _check(args)


@contextmanager
def _notices_in_the_report_alone() -> Iterator[None]:
    """Keep what the engine says of a robot off the log: the report has it, once."""
    engine = logging.getLogger("legged_gym.sim")
    level = engine.level
    engine.setLevel(logging.ERROR)
    try:
        yield
    finally:
        engine.setLevel(level)


def _check(args: argparse.Namespace) -> None:
    try:
        found = inspect_robot(args.urdf)
    except UserError as error:
        if args.json is not None:
            write_json(args.json, summary(args.urdf, None, str(error)), indent=2)
        raise
    print("\n".join(report_lines(found)))
    if args.json is not None:
        write_json(args.json, summary(args.urdf, found), indent=2)
    if not (args.stand or args.picture or args.make_task):
        return
    stance, gains, outcome = best_stance(args.urdf, found.skeleton, found.ways)
    if args.stand:
        print(stand_line(found, stance, outcome))
    if args.picture is not None:
        draw(found, stance, args.picture)
        print(f"wrote {args.picture}")
    if args.make_task is not None:
        print(f"wrote {write_task(found, stance, gains, args.make_task)}")


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
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
