"""Record what a student does and what its teachers would do: `collect.py --task=NAME --load_run=RUN`.

For a trainer at work, any number of these, on any machine that sees its folder (`train.pretrain_dataset.scan_dir`);
with `--data_dir` a data set.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, positive, run_program, task_parser
from legged_gym.utils.errors import UserError


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(sys.argv[1:] if argv is None else argv)
    from legged_gym.scripts.programs.collect import collect

    collect(args)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Record trajectories for a student of several skills.")
    parser.add_argument(
        "--data_dir", metavar="DIR", help="record a data set there, with teachers alone unless --load_run names a run"
    )
    parser.add_argument(
        "--rollouts",
        metavar="N",
        type=positive,
        help="files to write; default, of a trainer's folder alone: while it learns",
    )
    parser.add_argument(
        "--quota", metavar="MIB", type=positive,
        help="room for this collector's files in the trainer's folder, MiB; older ones make room; default: 4096",
    )  # fmt: skip
    parser.checks.append(_check_data_set)
    return parser


def _check_data_set(args: argparse.Namespace) -> None:
    """Refuse a data set without an end, and room in a folder that makes none."""
    if args.data_dir is not None and args.rollouts is None:
        raise UserError("--data_dir: nobody says when a data set is whole; add --rollouts")
    if args.data_dir is not None and args.quota is not None:
        raise UserError("--quota is of a trainer's folder; what is in --data_dir stays")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
