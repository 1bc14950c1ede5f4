"""Run an exported policy alone: `python legged_gym/scripts/sim2sim.py POLICY.onnx [--terrain TYPE --level N]`.

ONNX Runtime, MuJoCo C and NumPy, without torch and without the environments: what a robot's own controller would do.
"""

import argparse
import logging
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from legged_gym.deploy.course import Tile, tiles
from legged_gym.deploy.scan import MapQuality
from legged_gym.deploy.scorecard import summarize
from legged_gym.deploy.screen import Film, Screen, Window
from legged_gym.deploy.trial import Bench, Outcome, Setup, run_all
from legged_gym.evaluation.report import table
from legged_gym.scripts.command_line import run_program, sim2sim_parser
from legged_gym.sim.devices import available_cores, has_display
from legged_gym.utils.outputs import write_json

TRIALS_ON_MAP, TRIALS_ON_PLANE = 10, 100
"""Default number of trials: of each terrain type and level; one when they are shown."""

logger = logging.getLogger(__name__)


def main() -> None:
    """Load, make the trials, report."""
    args = sim2sim_parser().parse()
    bench = Bench(_setup(args))
    shown = bool(args.video) or not args.headless and has_display()
    default = TRIALS_ON_PLANE if bench.terrain.is_plane else TRIALS_ON_MAP
    chosen = list(tiles(bench.terrain, args.terrain, args.level, args.trials or (1 if shown else default)))
    if args.no_map:
        logger.info("no map: walking blind")
    outcomes = list(_run_shown(bench, chosen, args.video) if shown else _run_headless(bench, chosen))
    if not outcomes:
        return
    summary = {"task": bench.metadata.task, "sim": "mujoco", "num_envs": len(outcomes), "seed": bench.setup.seed}
    summary |= summarize(outcomes, bench.terrain)
    print(table(summary))
    if args.json:
        write_json(args.json, summary, indent=2)


def _setup(args: argparse.Namespace) -> Setup:
    return Setup(
        policy=Path(args.policy),
        terrain=args.terrain,
        seed=random.SystemRandom().randrange(2**31) if args.seed == -1 else args.seed,
        quality=MapQuality(args.map_noise, args.map_latency, args.no_map),
        command=None if args.command is None else tuple(args.command),
    )


def _run_headless(bench: Bench, chosen: list[Tile]) -> Iterator[Outcome]:
    """As fast as possible, on every core."""
    processes = min(available_cores(), len(chosen))
    if processes > 1:
        yield from run_all(bench.setup, chosen, processes)
        return
    yield from (outcome for tile in chosen if (outcome := bench.run(tile)) is not None)


def _run_shown(bench: Bench, chosen: list[Tile], video: Path | None) -> Iterator[Outcome]:
    """One after the other, until the user closes the window."""
    screen: Screen = Film(bench, video) if video else Window(bench)
    try:
        for tile in chosen:
            outcome = bench.run(tile, screen.show)
            if outcome is None:
                return
            yield outcome
    finally:
        screen.close()


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
