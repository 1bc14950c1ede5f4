"""Rehearse a run on a robot: `python legged_gym/scripts/rehearse_robot.py POLICY.onnx --faults [--walk S] [--kills N]`.

run_robot.py as its own process against a simulated Go2 on DDS, in real time: how the loops keep their pace on this
computer, how the policy follows commands, and how long each stop takes.
"""

from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import Parser, delay, duration, positive, run_program, share
from legged_gym.sim.opengl import require_opengl
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
    parser.add_argument("policy", metavar="POLICY.onnx", help="controller file that play.py exported")
    parser.add_argument("--walk", metavar="S", type=duration, default=0.0, help="walk so long by random commands, s")
    parser.add_argument("--responses", action="store_true", help="measure what comes of slow and turning commands")
    parser.add_argument("--faults", action="store_true", help="inject every fault once, and time the brakes")
    parser.add_argument("--kills", metavar="N", type=positive, help="kill the runner so many times, at random moments")
    parser.add_argument("--latency", metavar="S", type=delay, default=0.0, help="commands come so late, s")
    parser.add_argument("--loss", metavar="SHARE", type=share, default=0.0, help="share of the messages that are lost")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", dest="overrides", action="append", default=[],
        help="set a field of RunnerCfg for the runner; repeatable",
    )  # fmt: skip
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
