"""Logs of simulated series-elastic drives: `python legged_gym/scripts/make_actuator_data.py --out FILE.csv`.

They are for `train_actuator.py`; docs/actuators.md tells the columns.
"""

import logging

from legged_gym.actuators.bench import record_log
from legged_gym.actuators.logs import write_log
from legged_gym.scripts.command_line import actuator_data_parser, run_program
from legged_gym.utils.seeding import set_seed

logger = logging.getLogger(__name__)


def main() -> None:
    """Run the bench, write what was measured."""
    args = actuator_data_parser().parse()
    log = record_log(args.duration, args.joints, set_seed(args.seed))
    write_log(args.out, log)
    logger.info("wrote %s: %d drives, %d rows each", args.out, len(log.joints), len(log.torque))


if __name__ == "__main__":
    run_program(main)
