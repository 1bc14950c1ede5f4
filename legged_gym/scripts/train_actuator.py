"""Learn a drive's torque from its logs: `python legged_gym/scripts/train_actuator.py --data LOG.csv --out FILE.pt`.

docs/actuators.md tells the columns of the logs and how to use the network.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import Parser, at_most, gain, run_program, seed_number, torque
from legged_gym.utils.outputs import output_file, picture_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    from legged_gym.scripts.programs.train_actuator import train_actuator

    train_actuator(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Train a network that tells a drive's torque, on logs of the drive.")
    parser.add_argument("--data", metavar="CSV", type=Path, nargs="+", required=True, help="logs to learn from")
    parser.add_argument(
        "--held_out", metavar="CSV", type=Path, nargs="+", default=[],
        help="logs to judge by; default: the last stretch of each log of --data, which is not learned from",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=output_file, required=True, help="network to write")
    parser.add_argument("--kind", choices=("lstm", "mlp"), default="lstm", help="default: lstm")
    parser.add_argument(
        "--epochs", metavar="N", type=at_most(100_000), default=100, help="passes over the data; default: 100"
    )
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="random seed; -1 draws one")
    parser.add_argument("--plot", metavar="FILE", type=picture_file, help="plot torques, errors and learning curve")
    gains = parser.add_argument_group("the ideal PD to compare with")
    gains.add_argument("--stiffness", metavar="KP", type=gain, default=80.0, help="N m/rad; default: 80")
    gains.add_argument("--damping", metavar="KD", type=gain, default=2.0, help="N m s/rad; default: 2")
    gains.add_argument("--torque_limit", metavar="TAU", type=torque, default=80.0, help="N m; default: 80")
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
