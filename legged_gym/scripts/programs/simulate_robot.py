"""What `simulate_robot.py` does once its flags are read."""

import argparse
import logging
import signal
import time
from pathlib import Path

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.cyclone import CycloneBus
from legged_gym.deploy.go2.messages import STATES
from legged_gym.deploy.go2.simulated import PERIOD, Setting, SimulatedGo2
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.timing import Jitter, be_punctual, keep_pace
from legged_gym.utils.errors import StoppedError, UserError

REPORT_PERIOD = 2.0
"""Between two lines, s."""
LISTEN_TIME = 1.0
"""For another robot's states to be noticed, s."""

logger = logging.getLogger(__name__)


def simulate(args: argparse.Namespace) -> None:
    """Simulate until a signal ends it.

    Raises:
        UserError: another robot is there.
        StoppedError: a signal came.
    """
    ask_for_real_time()
    metadata = Controller(Path(args.policy)).metadata
    setting = Setting(args.terrain, args.level, hung=args.hung, latency=args.latency, loss=args.loss)
    bus = CycloneBus(args.interface, args.domain)
    _require_no_other(bus, args.domain)
    robot = SimulatedGo2(bus, metadata, setting)
    ended_by: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: ended_by.append(number))
    next_report = [0.0]

    def turn(_: float) -> None:
        robot.step()
        if robot.time >= next_report[0]:
            next_report[0] = robot.time + REPORT_PERIOD
            logger.info("%s", _line(robot))

    logger.info("a Go2 on %s, domain %d; Ctrl-C ends it", args.interface, args.domain)
    be_punctual()
    keep_pace(turn, PERIOD, lambda: bool(ended_by), Jitter())
    raise StoppedError(ended_by[0])


def _require_no_other(bus: CycloneBus, domain: int) -> None:
    """See that no robot is there yet: a runner would believe both.

    Raises:
        UserError: one is.
    """
    end = time.monotonic() + LISTEN_TIME
    while time.monotonic() < end:
        if bus.take(STATES):
            raise UserError(f"a robot is in the domain {domain} already: end it, or take another --domain for both")
        time.sleep(0.01)


def _line(robot: SimulatedGo2) -> str:
    (x, y, z), (vx, vy, yaw_rate) = robot.position, robot.velocity
    state = "no command yet" if not robot.commands else "braked" if robot.is_braked else "driven"
    return (
        f"{time.strftime('%H:%M:%S')} {state}, {robot.commands} commands, base at {x:.2f} {y:.2f} {z:.2f} m, "
        f"{vx:+.2f} {vy:+.2f} m/s, {yaw_rate:+.2f} rad/s"
    )
