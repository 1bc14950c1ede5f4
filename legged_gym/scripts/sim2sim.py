"""Run an exported policy alone: `python legged_gym/scripts/sim2sim.py POLICY.onnx [--terrain TYPE --level N]`.

ONNX Runtime, MuJoCo C and NumPy, without torch and without the environments: what a robot's own controller would do.
"""

import argparse
import logging
import random
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from legged_gym.deploy.elevation_map import MapQuality
from legged_gym.deploy.hardware import Hardware
from legged_gym.deploy.scorecard import summarize
from legged_gym.deploy.screen import Film, Screen, Window
from legged_gym.deploy.tiles import Tile, tiles
from legged_gym.deploy.trial import Outcome, Setup, Simulation, run_all
from legged_gym.evaluation.report import table
from legged_gym.scripts.command_line import (
    Parser,
    at_most,
    delay,
    integer,
    length,
    run_program,
    seed_number,
    velocity,
)
from legged_gym.sim.devices import has_display
from legged_gym.utils.outputs import output_file, video_file, write_json
from robust_parallel.cores import available_cores

TRIALS_ON_MAP, TRIALS_ON_PLANE = 10, 100
"""Default number of trials: of each terrain type and level; one when they are shown."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> None:
    """Load, make the trials, report.

    Args:
        argv: flags; None: those of the process.
    """
    args = make_parser().parse(argv)
    simulation = Simulation(_setup(args))
    shown = bool(args.video) or not args.headless and has_display()
    default = TRIALS_ON_PLANE if simulation.terrain.is_plane else TRIALS_ON_MAP
    chosen = list(tiles(simulation.terrain, args.terrain, args.level, args.trials or (1 if shown else default)))
    if args.no_map:
        logger.info("no map: walking blind")
    outcomes = list(_run_shown(simulation, chosen, args.video) if shown else _run_headless(simulation, chosen))
    if not outcomes:
        return
    summary = {
        "task": simulation.metadata.task,
        "policy": args.policy,
        "sim": "mujoco",
        "num_envs": len(outcomes),
        "seed": simulation.setup.seed,
    }
    summary |= summarize(outcomes, simulation.terrain, simulation.setup.command)
    print(table(summary))
    if args.json:
        write_json(args.json, summary, indent=2)


def make_parser() -> Parser:
    """Flags of sim2sim.py."""
    parser = Parser("Run an exported policy alone on MuJoCo C, and judge it.")
    parser.add_argument("policy", metavar="POLICY.onnx", help="controller file that play.py exported")
    parser.add_argument(
        "--terrain", metavar="TYPE",
        help="terrain type, all, or plane; default: all, or plane if trained on a plane, or not to leave its tile",
    )  # fmt: skip
    parser.add_argument("--level", metavar="N", type=integer, help="this terrain level alone")
    parser.add_argument(
        "--trials", metavar="N", type=at_most(1_000_000),
        help="trials of each terrain type and level; default: 10, on a plane 100, and 1 in a window or video",
    )  # fmt: skip
    parser.add_argument(
        "--map_noise", metavar="NAME", default="trained",
        help="none, nominal, offset, noisy, small or large; default: trained, as in training",
    )  # fmt: skip
    parser.add_argument("--map_latency", metavar="S", type=delay, help="age of the map, s; default: as in training")
    parser.add_argument("--no_map", action="store_true", help="there is no map: the policy walks blind")
    parser.add_argument(
        "--command", metavar=("VX", "VY", "WZ"), nargs=3, type=velocity,
        help="velocity command, m/s, m/s, rad/s; default: at random, or straight ahead where trials leave their tile",
    )  # fmt: skip
    parser.add_argument(
        "--action_delay", metavar="S", type=delay,
        help="joint targets reach the drives so late, in every step, s; default: as in training",
    )  # fmt: skip
    parser.add_argument(
        "--torsional_friction", metavar="M", type=length,
        help="friction of the feet against turning on the spot, m; default: as in training",
    )  # fmt: skip
    parser.add_argument("--seed", metavar="N", type=seed_number, default=1, help="random seed; -1 draws one")
    parser.add_argument("--headless", action="store_true", help="open no window")
    parser.add_argument("--video", metavar="FILE", type=video_file, help="record an mp4 instead of opening a window")
    parser.add_argument("--json", metavar="FILE", type=output_file, help="write the results as JSON")
    return parser


def _setup(args: argparse.Namespace) -> Setup:
    return Setup(
        policy=Path(args.policy),
        terrain=args.terrain,
        seed=random.SystemRandom().randrange(2**31) if args.seed == -1 else args.seed,
        quality=MapQuality(args.map_noise, args.map_latency, args.no_map),
        hardware=Hardware(args.action_delay, args.torsional_friction),
        command=None if args.command is None else tuple(args.command),
    )


def _run_headless(simulation: Simulation, chosen: list[Tile]) -> Iterator[Outcome]:
    """As fast as possible, on every core."""
    processes = min(available_cores(), len(chosen))
    if processes > 1:
        yield from run_all(simulation.setup, chosen, processes)
        return
    yield from (outcome for tile in chosen if (outcome := simulation.run(tile)) is not None)


def _run_shown(simulation: Simulation, chosen: list[Tile], video: Path | None) -> Iterator[Outcome]:
    """One after the other, until the user closes the window."""
    screen: Screen = Film(simulation, video) if video else Window(simulation)
    try:
        for tile in chosen:
            outcome = simulation.run(tile, screen.show)
            if outcome is None:
                return
            yield outcome
    finally:
        screen.close()


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
