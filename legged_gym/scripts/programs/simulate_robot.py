"""What `simulate_robot.py` does once its flags are read."""

import argparse
import logging
import signal
import time
from pathlib import Path

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.cyclone import CycloneBus
from legged_gym.deploy.go2.simulated import PERIOD, Setting, SimulatedGo2
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.timing import Jitter, be_punctual, keep_pace

REPORT_PERIOD = 2.0
"""Between two lines, s."""

logger = logging.getLogger(__name__)


def simulate(args: argparse.Namespace) -> None:
    """Simulate until Ctrl-C."""
    ask_for_real_time()
    metadata = Controller(Path(args.policy)).metadata
    setting = Setting(args.terrain, args.level, hung=args.hung, latency=args.latency, loss=args.loss)
    robot = SimulatedGo2(CycloneBus(args.interface, args.domain), metadata, setting)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    next_report = [0.0]

    def turn(_: float) -> None:
        robot.step()
        if robot.time >= next_report[0]:
            next_report[0] = robot.time + REPORT_PERIOD
            logger.info("%s", _line(robot))

    logger.info("a Go2 on %s, domain %d; Ctrl-C ends it", args.interface, args.domain)
    be_punctual()
    keep_pace(turn, PERIOD, lambda: False, Jitter())


def _line(robot: SimulatedGo2) -> str:
    (x, y, z), (vx, vy, yaw_rate) = robot.position, robot.velocity
    state = "braked" if robot.is_braked else "driven"
    return (
        f"{time.strftime('%H:%M:%S')} {state}, {robot.commands} commands, base at {x:.2f} {y:.2f} {z:.2f} m, "
        f"{vx:+.2f} {vy:+.2f} m/s, {yaw_rate:+.2f} rad/s"
    )
