"""What `check_robot.py` does once its flags are read."""

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from legged_gym.inspection.inspect import inspect_robot, summary
from legged_gym.inspection.picture import draw
from legged_gym.inspection.report import report_lines, stand_line
from legged_gym.inspection.standing import best_stance
from legged_gym.inspection.task_file import task_path, write_task
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json


def check(args: argparse.Namespace) -> None:
    """Read, compile and tell; then stand, draw and write what is asked for."""
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
