"""Simulate a Go2 on DDS for run_robot.py: `python legged_gym/scripts/simulate_robot.py POLICY.onnx`.

MuJoCo C in real time, the messages of the real robot on the loopback interface, domain 1. The policy's file says how
the robot is simulated; no policy runs here.
"""

from collections.abc import Sequence
from functools import partial

from legged_gym.deploy.dds.cyclone import LOOPBACK
from legged_gym.scripts.command_line import DOMAINS, LEVELS, Parser, add_link_flags, existing, run_program, whole
from legged_gym.sim.opengl import require_opengl


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.simulate_robot import simulate

    simulate(args)


def make_parser() -> Parser:
    """Flags of simulate_robot.py."""
    parser = Parser("Simulate a Go2 that speaks DDS.")
    parser.add_argument(
        "policy", metavar="POLICY.onnx", type=existing, help="controller file of a Go2, which says how to simulate it"
    )
    parser.add_argument("--interface", metavar="NAME", default=LOOPBACK, help="network interface; default: lo")
    parser.add_argument("--domain", metavar="N", type=whole(*DOMAINS), default=1, help="of DDS; default: 1")
    parser.add_argument("--terrain", metavar="TYPE", default="plane", help="terrain type; default: plane")
    parser.add_argument("--level", metavar="N", type=whole(*LEVELS), help="terrain level; default: 0")
    parser.add_argument("--hung", action="store_true", help="the robot hangs in the air")
    add_link_flags(parser)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
