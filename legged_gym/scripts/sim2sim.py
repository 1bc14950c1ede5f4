"""Run an exported policy alone: `python legged_gym/scripts/sim2sim.py POLICY.onnx [--terrain TYPE --level N]`.

ONNX Runtime, MuJoCo C and NumPy, without torch and without the environments: what a robot's own controller would do.
"""

import argparse
from collections.abc import Sequence
from functools import partial

from legged_gym.config.quantities import Delay, TorsionalFriction, Velocity
from legged_gym.scripts.command_line import (
    LEVELS,
    Parser,
    add_viewer_flags,
    existing,
    quantity,
    run_program,
    seed_number,
    whole,
)
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.outputs import output_file, video_file


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.sim2sim import judge

    judge(args)


def _check_names(args: argparse.Namespace) -> None:
    """Refuse a terrain or a condition of the map that is none."""
    if args.terrain is None and args.map_noise == "trained":
        return
    from legged_gym.deploy.map_faults import check_condition  # here, since a command line without them needs no NumPy
    from legged_gym.deploy.tiles import check_kind

    check_kind(args.terrain)
    check_condition(args.map_noise)


def make_parser() -> Parser:
    """Flags of sim2sim.py."""
    parser = Parser("Run an exported policy alone on MuJoCo C, and judge it.")
    parser.add_argument("policy", metavar="POLICY.onnx", type=existing, help="controller file that play.py exported")
    parser.add_argument(
        "--terrain", metavar="TYPE",
        help="terrain type, all, or plane; default: all, or plane if trained on a plane, or not to leave its tile",
    )  # fmt: skip
    parser.add_argument("--level", metavar="N", type=whole(*LEVELS), help="this terrain level alone")
    parser.add_argument(
        "--trials", metavar="N", type=whole(1, 1_000_000),
        help="trials of each terrain type and level; default: 10, on a plane 100, and 1 in a window or video",
    )  # fmt: skip
    parser.add_argument(
        "--map_noise", metavar="NAME", default="trained",
        help="none, nominal, offset, noisy, small or large; default: trained, as in training",
    )  # fmt: skip
    late = quantity(Delay, "s")
    parser.add_argument("--map_latency", metavar="S", type=late, help="age of the map, s; default: as in training")
    parser.add_argument("--no_map", action="store_true", help="there is no map: the policy walks blind")
    parser.add_argument(
        "--command", metavar=("VX", "VY", "WZ"), nargs=3, type=quantity(Velocity, "m/s or rad/s"),
        help="velocity command, m/s, m/s, rad/s; default: at random, or straight ahead or along the way across where "
        "trials leave their tile",
    )  # fmt: skip
    parser.add_argument(
        "--action_delay", metavar="S", type=late,
        help="joint targets reach the drives so late, in every step, s; default: as in training",
    )  # fmt: skip
    parser.add_argument(
        "--torsional_friction", metavar="M", type=quantity(TorsionalFriction, "m"),
        help="friction of the feet against turning on the spot, m; default: as in training",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="random seed; -1 draws one")
    parser.add_argument("--headless", action="store_true", help="open no window")
    add_viewer_flags(parser)
    parser.add_argument("--video", metavar="FILE", type=video_file, help="record an mp4 instead of opening a window")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    parser.checks.append(_check_names)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
