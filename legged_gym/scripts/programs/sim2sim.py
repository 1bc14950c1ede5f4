"""What `sim2sim.py` does once its flags are read."""

import argparse
import logging
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from legged_gym.deploy.browser import Browser
from legged_gym.deploy.commands import beyond_training
from legged_gym.deploy.crossing import crossed
from legged_gym.deploy.elevation_map import MapQuality
from legged_gym.deploy.hardware import Hardware, late_drives
from legged_gym.deploy.map_faults import TRAINED
from legged_gym.deploy.scorecard import summarize
from legged_gym.deploy.screen import Film, Screen, Window
from legged_gym.deploy.tiles import Tile, tiles
from legged_gym.deploy.trial import Outcome, Setup, Simulation, run_all
from legged_gym.evaluation.report import table
from legged_gym.sim.devices import has_display
from legged_gym.utils.address import Address
from legged_gym.utils.errors import UserError
from legged_gym.utils.outputs import write_json
from robust_parallel.cores import available_cores
from rsl_rl.utils.logger import make_progress

TRIALS_ON_MAP, TRIALS_ON_PLANE = 10, 100
"""Default number of trials: of each terrain type and level; one when they are shown."""

logger = logging.getLogger(__name__)


def judge(args: argparse.Namespace) -> None:
    """Load, make the trials, report."""
    if args.viewer == "web" and args.video:
        raise UserError("--viewer web shows what --video films: leave out one of them")
    if args.no_map and (args.map_noise != TRAINED or args.map_latency is not None):
        raise UserError("--no_map: there is no map that --map_noise or --map_latency could spoil")
    with closing(Simulation(_setup(args))) as simulation:
        _judge(args, simulation)


def _judge(args: argparse.Namespace, simulation: Simulation) -> None:
    web = args.viewer == "web"
    if simulation.setup.command is not None:
        beyond = beyond_training(simulation.setup.command, simulation.metadata.commands["ranges"])
        if beyond is not None:
            logger.warning(beyond)
    shown = web or bool(args.video) or not args.headless and has_display()
    default = TRIALS_ON_PLANE if simulation.terrain.is_plane else TRIALS_ON_MAP
    chosen = list(tiles(simulation.terrain, args.terrain, args.level, args.trials or (1 if shown else default)))
    if (late := late_drives(simulation.metadata)) is not None:
        logger.info("drives are late by %.3g s, the middle of the training's delays; --action_delay sets it", late)
    if untold := _untold_crossings(simulation, chosen):
        logger.info(untold)
    if args.no_map:
        logger.info("no map: walking blind")
    if web:
        outcomes = list(_run_in_browser(simulation, chosen, args.viewer_address, args.trials is None))
    else:
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


def _setup(args: argparse.Namespace) -> Setup:
    return Setup(
        policy=Path(args.policy),
        terrain=args.terrain,
        level=args.level,
        seed=random.SystemRandom().randrange(2**31) if args.seed == -1 else args.seed,
        quality=MapQuality(args.map_noise, args.map_latency, args.no_map),
        hardware=Hardware(args.action_delay, args.torsional_friction),
        command=None if args.command is None else tuple(args.command),
    )


def _untold_crossings(simulation: Simulation, chosen: Sequence[Tile]) -> str | None:
    """What is not known of the ground of some trials that others are steered across, in words; None: all is."""
    metadata, setup = simulation.metadata, simulation.setup
    kinds = crossed(simulation.terrain.type_names[tile.column] for tile in chosen)
    if metadata.crossing is not None or setup.command is not None or not kinds:
        return None
    return (
        f"{setup.policy.name} tells of no way across {', '.join(kinds)}: robots go straight ahead however they face; "
        f"if {metadata.task} has ways across, export the policy again with play.py"
    )


def _run_headless(simulation: Simulation, chosen: list[Tile]) -> Iterator[Outcome]:
    """As fast as possible, on every core."""
    processes = min(available_cores(), len(chosen))
    if processes > 1:
        outcomes = run_all(simulation.setup, chosen, processes)
    else:
        outcomes = (outcome for tile in chosen if (outcome := simulation.run(tile)) is not None)
    progress = make_progress(sys.stdout, 0, len(chosen), what="trial")
    try:
        for outcome in outcomes:
            progress.count()
            yield outcome
    finally:
        progress.close()


def _run_shown(simulation: Simulation, chosen: list[Tile], video: Path | None) -> Iterator[Outcome]:
    """One after the other, until the user closes the window; a video's steps are counted."""
    screen: Screen = Film(simulation, video) if video else Window(simulation)
    progress = make_progress(sys.stdout, 0, len(chosen) * simulation.max_steps, what="step") if video else None

    def show(command: np.ndarray) -> bool:
        if progress is not None:
            progress.count()
        return screen.show(command)

    try:
        for number, tile in enumerate(chosen, start=1):
            outcome = simulation.run(tile, show)
            if outcome is None:
                return
            if progress is not None:
                progress.update({}, number * simulation.max_steps)
            yield outcome
    finally:
        if progress is not None:
            progress.close()
        screen.close()


def _run_in_browser(simulation: Simulation, chosen: list[Tile], address: Address, endless: bool) -> Iterator[Outcome]:
    """One after the other, as the user wants them."""
    browser = Browser(simulation, address)
    try:
        yield from browser.trials(chosen, endless)
    finally:
        browser.close()
