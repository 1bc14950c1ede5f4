"""Learn a drive's torque from its logs: `python legged_gym/scripts/train_actuator.py --data LOG.csv --out FILE.pt`.

docs/actuators.md tells the columns of the logs and how to use the network.
"""

from collections.abc import Sequence
from functools import partial

from legged_gym.config.quantities import Damping, Stiffness, Torque
from legged_gym.scripts.command_line import Parser, existing_path, quantity, run_program, seed_number, whole
from legged_gym.utils.outputs import output_file, picture_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    from legged_gym.scripts.programs.train_actuator import train_actuator

    train_actuator(args)


def make_parser() -> Parser:
    """The flags."""
    parser = Parser("Train a network that tells a drive's torque, on logs of the drive.")
    parser.add_argument(
        "--data", metavar="CSV", type=existing_path, nargs="+", required=True, help="logs to learn from"
    )
    parser.add_argument(
        "--held_out", metavar="CSV", type=existing_path, nargs="+", default=[],
        help="logs to judge by; default: the last stretch of each log of --data, which is not learned from",
    )  # fmt: skip
    parser.add_argument("--out", metavar="FILE", type=output_file, required=True, help="network to write")
    parser.add_argument("--kind", choices=("lstm", "mlp"), default="lstm", help="default: lstm")
    parser.add_argument(
        "--epochs", metavar="N", type=whole(1, 100_000), default=100, help="passes over the data; default: 100"
    )
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="random seed; -1 draws one")
    parser.add_argument("--plot", metavar="FILE", type=picture_file, help="plot torques, errors and learning curve")
    gains = parser.add_argument_group("the ideal PD to compare with")
    for flag, metavar, declaration, unit, default in (
        ("--stiffness", "KP", Stiffness, "N m/rad", 80.0),
        ("--damping", "KD", Damping, "N m s/rad", 2.0),
        ("--torque_limit", "TAU", Torque, "N m", 80.0),
    ):
        gains.add_argument(
            flag,
            metavar=metavar,
            type=quantity(declaration, unit),
            default=default,
            help=f"{unit}; default: {default:g}",
        )
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
