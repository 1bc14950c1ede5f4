"""Rehearse a run on a robot: `python legged_gym/scripts/rehearse_robot.py POLICY.onnx --faults [--walk S] [--kills N]`.

run_robot.py as its own process against a simulated Go2 on DDS, in real time: how the loops keep their pace on this
computer, how the policy follows commands, and how long each stop takes.
"""

import argparse
from collections.abc import Sequence
from functools import partial

from legged_gym.config.quantities import Watch
from legged_gym.scripts.command_line import Parser, add_link_flags, existing, quantity, run_program, whole
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import output_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.rehearse_robot import rehearse

    rehearse(args)


def make_parser() -> Parser:
    """Flags of rehearse_robot.py."""
    parser = Parser("Rehearse a run on a robot against a simulated Go2 on DDS.")
    parser.add_argument("policy", metavar="POLICY.onnx", type=existing, help="controller file that play.py exported")
    parser.add_argument(
        "--walk", metavar="S", type=quantity(Watch, "s"), default=0.0, help="walk so long by random commands, s"
    )
    parser.add_argument("--responses", action="store_true", help="measure what comes of slow and turning commands")
    parser.add_argument("--faults", action="store_true", help="inject every fault once, and time the brakes")
    parser.add_argument(
        "--kills", metavar="N", type=whole(1, 10_000), help="kill the runner so many times, at random moments"
    )
    add_link_flags(parser)
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a field of RunnerCfg for the runner; repeatable",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    parser.checks.append(_check_asked)
    return parser


def _check_asked(args: argparse.Namespace) -> None:
    """Refuse to do nothing."""
    if not (args.walk or args.responses or args.faults or args.kills):
        raise UserError("nothing to rehearse: add --walk S, --responses, --faults or --kills N")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
