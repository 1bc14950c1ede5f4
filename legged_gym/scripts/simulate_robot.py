"""Simulate a Go2 on DDS for run_robot.py: `python legged_gym/scripts/simulate_robot.py POLICY.onnx`.

MuJoCo C in real time, the messages of the real robot on the loopback interface, domain 1. The policy's file says how
the robot is simulated; no policy runs here.
"""

import logging
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.deploy.controller import Controller
from legged_gym.deploy.dds.cyclone import LOOPBACK, CycloneBus
from legged_gym.deploy.go2.simulated import PERIOD, Setting, SimulatedGo2
from legged_gym.deploy.runner.priority import ask_for_real_time
from legged_gym.deploy.runner.timing import Jitter, be_punctual, keep_pace
from legged_gym.scripts.command_line import Parser, duration, finite, integer, run_program

REPORT_PERIOD = 2.0
"""Between two lines, s."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Simulate until Ctrl-C.

    Args:
        argv: flags; None: those of the process.
    """
    args = make_parser().parse(argv)
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


def make_parser() -> Parser:
    """Flags of simulate_robot.py."""
    parser = Parser("Simulate a Go2 that speaks DDS.")
    parser.add_argument("policy", metavar="POLICY.onnx", help="controller file of a Go2, which says how to simulate it")
    parser.add_argument("--interface", metavar="NAME", default=LOOPBACK, help="network interface; default: lo")
    parser.add_argument("--domain", metavar="N", type=integer, default=1, help="of DDS; default: 1")
    parser.add_argument("--terrain", metavar="TYPE", default="plane", help="terrain type; default: plane")
    parser.add_argument("--level", metavar="N", type=integer, default=0, help="terrain level; default: 0")
    parser.add_argument("--hung", action="store_true", help="the robot hangs in the air")
    parser.add_argument("--latency", metavar="S", type=duration, default=0.0, help="commands come so late, s")
    parser.add_argument("--loss", metavar="SHARE", type=finite, default=0.0, help="share of the messages that are lost")
    return parser


def _line(robot: SimulatedGo2) -> str:
    (x, y, z), (vx, vy, yaw_rate) = robot.position, robot.velocity
    state = "braked" if robot.is_braked else "driven"
    return (
        f"{time.strftime('%H:%M:%S')} {state}, {robot.commands} commands, base at {x:.2f} {y:.2f} {z:.2f} m, "
        f"{vx:+.2f} {vy:+.2f} m/s, {yaw_rate:+.2f} rad/s"
    )


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
