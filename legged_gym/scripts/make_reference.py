"""Make the Mini Cheetah's reference trot again: `python legged_gym/scripts/make_reference.py [--out FILE]`."""

from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, run_program
from legged_gym.utils.outputs import output_file


def main(argv: Sequence[str] | None = None) -> None:
    """Write the table where `mini_cheetah_ref` reads it, or elsewhere."""
    path = make_parser().parse(argv).out
    from legged_gym.envs.mini_cheetah.mini_cheetah_ref_config import MiniCheetahRefCfg
    from legged_gym.envs.mini_cheetah.reference import write_reference
    from legged_gym.utils.paths import in_project

    if path is None:
        path = output_file(in_project(MiniCheetahRefCfg.gait.reference_file))
    write_reference(path)
    print(f"wrote {path}")


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Make the Mini Cheetah's reference trot: a CSV table of one leg's joint angles over a stride.")
    parser.add_argument(
        "--out", metavar="FILE", type=output_file,
        help="file to write; default: the one that mini_cheetah_ref reads",
    )  # fmt: skip
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
