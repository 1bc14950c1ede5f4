"""A worker on a pickled plan, in a process of its own."""

import logging
import pickle
import sys
from pathlib import Path

from legged_gym.scripts.command_line import run_program
from legged_gym.sweeps import optuna_backend


def main():
    logging.getLogger("legged_gym").setLevel(logging.INFO)
    plan = pickle.loads(Path(sys.argv[1]).read_bytes())
    optuna_backend.begin_study(plan, optuna_backend.open_database(plan))
    optuna_backend.work(plan, int(sys.argv[2]), [])


run_program(main)
