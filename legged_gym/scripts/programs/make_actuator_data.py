"""What `make_actuator_data.py` does once its flags are read."""

import argparse
import logging

from legged_gym.actuators.bench import record_log
from legged_gym.actuators.logs import write_log
from legged_gym.utils.seeding import set_seed

logger = logging.getLogger(__name__)


def record(args: argparse.Namespace) -> None:
    """Run the bench, write what was measured."""
    log = record_log(args.duration, args.joints, set_seed(args.seed))
    write_log(args.out, log)
    logger.info("wrote %s: %d drives, %d rows each", args.out, len(log.joints), len(log.torque))
