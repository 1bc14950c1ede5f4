"""Logs of simulated series-elastic drives: `python legged_gym/scripts/make_actuator_data.py --out FILE.csv`.

They are for `train_actuator.py`; docs/actuators.md tells the columns.
"""

from collections.abc import Sequence
from functools import partial

from legged_gym.config.quantities import Watch
from legged_gym.scripts.command_line import Parser, positive, quantity, run_program, seed_number
from legged_gym.utils.outputs import output_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    from legged_gym.scripts.programs.make_actuator_data import record

    record(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Simulate series-elastic drives on a test bench, and log what train_actuator.py learns from.")
    parser.add_argument("--out", metavar="FILE", type=output_file, required=True, help="CSV file to write")
    parser.add_argument("--duration", metavar="S", type=quantity(Watch, "s"), default=60.0, help="default: 60 s")
    parser.add_argument("--joints", metavar="N", type=positive, default=12, help="drives, each with its own load")
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="random seed; -1 draws one")
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
