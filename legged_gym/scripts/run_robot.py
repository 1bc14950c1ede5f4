"""Run an exported policy on a Go2: `python legged_gym/scripts/run_robot.py POLICY.onnx --interface eth0`.

ONNX Runtime, NumPy and Cyclone DDS, without torch, ROS and Unitree's SDK. docs/robot.md has the way from the simulator
to the floor.
"""

import argparse
from collections.abc import Sequence
from functools import partial

from legged_gym.deploy.dds.cyclone import LOOPBACK
from legged_gym.deploy.runner.operator_keys import HELP
from legged_gym.scripts.command_line import (
    DOMAINS,
    Parser,
    add_viewer_flags,
    existing,
    existing_path,
    run_program,
    whole,
)
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file

_FOR_A_ROBOT = {
    "interface": "--interface", "domain": "--domain", "steer": "--steer", "viewer": "--viewer", "hung": "--hung",
    "dry_run": "--dry_run", "record": "--record", "grid_map": "--grid_map", "overrides": "--set",
}  # fmt: skip
"""Flags that a replay has no use for, by where they are kept."""


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    from legged_gym.scripts.programs.run_robot import run_robot

    run_robot(args)


def make_parser() -> Parser:
    """Flags of run_robot.py."""
    parser = Parser("Run an exported policy on a Go2.")
    parser.add_argument("policy", metavar="POLICY.onnx", type=existing, help="controller file that play.py exported")
    parser.add_argument(
        "--interface", metavar="NAME", default=LOOPBACK,
        help="network interface that the robot is on, such as eth0; default: lo, a simulated robot on this computer",
    )  # fmt: skip
    parser.add_argument("--domain", metavar="N", type=whole(*DOMAINS), help="of DDS; default: 0, and 1 on lo")
    parser.add_argument("--steer", choices=sorted(HELP), default="remote", help="default: the robot's own remote")
    add_viewer_flags(parser, window=False)
    parser.add_argument("--hung", action="store_true", help="the robot hangs in the air: torques of at most 30 %%")
    parser.add_argument("--dry_run", action="store_true", help="send nothing; print what would be sent")
    parser.add_argument(
        "--record", metavar="FILE", type=output_file, help="write every message and every step of the policy"
    )
    parser.add_argument(
        "--replay", metavar="FILE", type=existing_path, help="make the steps of a recording again, and compare"
    )
    parser.add_argument(
        "--grid_map", metavar="FILE.db3", type=existing_path,
        help="take height maps from a ROS 2 recording of grid_map_msgs/GridMap, not from the robot",
    )  # fmt: skip
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a field of RunnerCfg, e.g. stops.max_tilt=0.8; repeatable",
    )  # fmt: skip
    parser.checks.append(partial(_check_replay, parser))
    return parser


def _check_replay(parser: Parser, args: argparse.Namespace) -> None:
    """Refuse what a replay has no use for."""
    for name, flag in _FOR_A_ROBOT.items() if args.replay else ():
        if getattr(args, name) != parser.get_default(name):
            raise UserError(f"{flag}: --replay makes the steps of a recording again, without a robot; leave out one")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
