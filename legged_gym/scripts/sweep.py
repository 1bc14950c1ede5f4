"""Search for settings: `python legged_gym/scripts/sweep.py --task=NAME --config FILE`.

Start the same command again to go on, or on another machine that reaches the same `--storage` to help.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import (
    Parser,
    add_wandb_flags,
    existing_path,
    gpu_numbers,
    positive,
    run_program,
    task_parser,
    whole,
)
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR

SWEEP_CONFIG = Path(LEGGED_GYM_ROOT_DIR) / "sweep_config_example.json"
_OF_OPTUNA = ("storage", "workers", "gpus", "report")
"""Flags of sweeps with Optuna."""
_OF_A_MACHINE = ("sim", "sim_device", "rl_device")
"""Flags that hold for the machine where they are given."""
_OF_JOINING = ("wandb_sweep_id", "wandb_entity", "wandb_project", "disable_wandb", "backend", "headless")
"""Flags that say something of a sweep that is joined."""


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    args = make_parser().parse(argv)
    require_opengl()
    from legged_gym.scripts.programs.sweep import sweep

    sweep(args)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Search for the settings that train best. Flags of train.py hold for all trials.")
    parser.add_argument("--max_iterations", metavar="N", type=positive, help="learning iterations of each trial")
    parser.add_argument(
        "--config", "--wandb_sweep_config", metavar="FILE", type=existing_path, default=SWEEP_CONFIG,
        help=f"the sweep, as JSON in the format of Weights & Biases; default: {SWEEP_CONFIG.name}",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=("optuna", "wandb"),
        help="who chooses the trials: Optuna with a database, the default, or a server of Weights & Biases",
    )  # fmt: skip
    parser.add_argument("--wandb_sweep_id", metavar="ID", help="join a sweep on Weights & Biases")
    add_wandb_flags(parser)
    parser.add_argument("--name", metavar="NAME", help="name of the sweep; default: that of its file")
    parser.add_argument(
        "--storage", metavar="URL",
        help="optuna: database that all who take part share; default: sqlite:///logs/EXPERIMENT/sweeps/NAME.db",
    )  # fmt: skip
    parser.add_argument(
        "--workers", metavar="N", type=whole(1, 1000), help="optuna: trials at once on this machine; default: 1"
    )
    parser.add_argument(
        "--gpus", metavar="0,1,...", type=gpu_numbers, default=[], help="optuna: GPUs that the workers share"
    )
    parser.add_argument("--report", action="store_true", help="optuna: report what is known so far, and train nothing")
    parser.checks += [_check_backend, partial(_check_joined, parser)]
    return parser


def _check_backend(args: argparse.Namespace) -> None:
    """Refuse what a sweep of the other kind would be for."""
    if args.report and (args.workers or args.gpus):
        raise UserError("--report trains nothing: leave --workers and --gpus out")
    for name in ("sim_device", "rl_device") if args.gpus else ():
        if (getattr(args, name) or "").partition(":")[2] not in ("", "0"):
            raise UserError(f"--gpus: each worker sees one GPU, its cuda:0; leave --{name} out")
    if args.backend != "wandb" and args.wandb_sweep_id is None:
        return
    if args.backend == "optuna":
        raise UserError("--backend=optuna: --wandb_sweep_id joins a sweep on Weights & Biases; leave one of them out")
    if args.disable_wandb:
        raise UserError("--disable_wandb: a sweep on Weights & Biases is kept there; leave it out")
    for name in _OF_OPTUNA:
        if getattr(args, name):
            raise UserError(f"--{name} is for sweeps with Optuna, not with Weights & Biases")
    for name in _OF_A_MACHINE if args.backend == "wandb" else ():
        if getattr(args, name) is not None:
            raise UserError(f"--{name}: a sweep on Weights & Biases has one command for all machines; leave it out")


def _check_joined(parser: Parser, args: argparse.Namespace) -> None:
    """Refuse what a sweep that is joined has no use for: it says what its candidates train."""
    for name, value in vars(args).items() if args.wandb_sweep_id is not None else ():
        if name not in _OF_JOINING and value != parser.get_default(name):
            flag = "--set" if name == "overrides" else f"--{name}"
            raise UserError(f"{flag}: a sweep that --wandb_sweep_id joins says what is trained; leave it out")


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
