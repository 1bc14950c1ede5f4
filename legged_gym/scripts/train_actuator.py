"""Learn a drive's torque from its logs: `python legged_gym/scripts/train_actuator.py --data LOG.csv --out FILE.pt`.

docs/actuators.md tells the columns of the logs and how to use the network.
"""

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.actuators.logs import read_log
from legged_gym.actuators.networks import KINDS, save_network
from legged_gym.actuators.plot import plot_training
from legged_gym.actuators.training import ideal_pd, predict, rmse, split, train
from legged_gym.scripts.command_line import Parser, at_most, gain, run_program, seed_number, torque
from legged_gym.utils.outputs import output_file, picture_file
from legged_gym.utils.seeding import set_seed

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Read and check, train, evaluate, save."""
    args = make_parser().parse(argv)
    parts = split([read_log(path) for path in args.data], [read_log(path) for path in args.held_out])
    seed = set_seed(args.seed)
    network = KINDS[args.kind](parts.sample_time, input_limits=parts.input_limits)
    curve = train(network, parts, args.epochs, seed)
    rows = {"training": parts.train, "held out": parts.held_out}
    predicted = {name: predict(network, series) for name, series in rows.items()}
    pd = {name: ideal_pd(series, args.stiffness, args.damping, args.torque_limit) for name, series in rows.items()}
    errors = {name: (rmse(predicted[name], series), rmse(pd[name], series)) for name, series in rows.items()}
    print(f"torque RMSE, N m   {args.kind:>8}  ideal PD   ratio")
    for name, (own, ideal) in errors.items():
        print(f"  {name:<16} {own:>8.3f}  {ideal:>8.3f}  {own / ideal:>6.3f}")
    info = {
        "data": [path.name for path in args.data],
        "held_out": [path.name for path in args.held_out],
        "epochs": args.epochs,
        "seed": seed,
        "torque_rmse": {name: {"network": own, "ideal_pd": ideal} for name, (own, ideal) in errors.items()},
    }
    save_network(args.out, network, info)
    logger.info("wrote %s", args.out)
    if args.plot:
        torques = {"ideal PD": pd["held out"], "network": predicted["held out"]}
        plot_training(parts.held_out, torques, curve, parts.sample_time, args.plot)
        logger.info("wrote %s", args.plot)


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
