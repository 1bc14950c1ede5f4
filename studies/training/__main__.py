"""The studies as a program: `python -m studies.training STUDY --out FOLDER`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from legged_gym.config.quantities import Watch
from legged_gym.scripts.command_line import Parser, gpu_numbers, positive, quantity, run_program
from legged_gym.utils.errors import UserError
from studies.training.grids import STUDIES


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it."""
    args = make_parser().parse(argv)
    from studies.training.program import study

    study(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Train what has no result yet; then print a table, and write its numbers and a figure.")
    parser.add_argument(
        "studies", metavar="STUDY", nargs="+", choices=sorted(STUDIES), help=f"of {', '.join(sorted(STUDIES))}"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", type=Path, required=True, help="of the results; what is there is not repeated"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--gpus", metavar="0,1,...", type=gpu_numbers, help="each of which trains one at a time; default: 0"
    )
    where.add_argument("--cores_each", metavar="N", type=positive, help="train on the CPU, each on so many cores")
    parser.add_argument(
        "--per_gpu", metavar="N", type=positive, help="that share a GPU, judged by samples alone; default: 1"
    )
    parser.add_argument("--report", action="store_true", help="train nothing; table and figure of what there is")
    parser.add_argument("--minutes", metavar="N", type=quantity(Watch, "minutes"), help="begin none after so long")
    parser.add_argument("--variants", metavar="NAME,...", type=_names, help="train only these, in this order")
    parser.add_argument("--seeds", metavar="1,2,...", type=_names, help="train only these")
    parser.checks += [_check_report, _check_sharing]
    return parser


def _check_report(args: argparse.Namespace) -> None:
    """Refuse what says how to train where nothing is trained."""
    for flag in ("gpus", "per_gpu", "cores_each", "minutes", "variants", "seeds"):
        if args.report and getattr(args, flag) is not None:
            raise UserError(f"--{flag}: --report trains nothing, and has all that the folder has")


def _check_sharing(args: argparse.Namespace) -> None:
    """Refuse what says how a GPU is shared where none is used."""
    if args.cores_each and args.per_gpu:
        raise UserError("--per_gpu: --cores_each trains on the CPU")


def _names(text: str) -> list[str]:
    return text.split(",")


if __name__ == "__main__":
    run_program(main)
