"""What `train_actuator.py` does once its flags are read."""

import argparse
import logging

from legged_gym.actuators.logs import read_log
from legged_gym.actuators.networks import KINDS, save_network
from legged_gym.actuators.plot import plot_training
from legged_gym.actuators.training import ideal_pd, predict, rmse, split, train
from legged_gym.utils.seeding import set_seed

logger = logging.getLogger(__name__)


def train_actuator(args: argparse.Namespace) -> None:
    """Read and check, train, evaluate, save."""
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
