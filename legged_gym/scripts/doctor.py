"""Look after this computer: `python legged_gym/scripts/doctor.py [--json FILE]`.

One page: what is installed and what is missing, what is known to go wrong, whether films can be drawn, how fast physics
and training are here, and how long a task takes until it is good. Status 1 where something does not work.
"""

import sys
from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, check_task_name, run_program
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file

TASKS = ("go2_flat", "go2_rough")
"""What is measured unless told otherwise."""


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    for flag in ("task", "sim_device") if args.no_measure else ():
        if getattr(args, flag) is not None:
            raise UserError(f"--{flag} says what to measure: leave --no_measure out")
    args.task = args.task or list(TASKS)
    from legged_gym.scripts.programs.doctor import examine

    sys.exit(examine(args))


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Tell what this computer has for training, what is missing, and how long tasks take here.")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the page as JSON, too")
    parser.add_argument("--no_measure", action="store_true", help="measure no training: seconds instead of a minute")
    parser.add_argument(
        "--task", metavar="NAME", nargs="+", help=f"tasks to measure; default: {' '.join(TASKS)}",
    )  # fmt: skip
    parser.add_argument("--sim_device", metavar="DEVICE", help="measure here: cpu, cuda:0, ...; default: as train.py")
    parser.checks.append(check_task_name)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
