"""Search for settings: `python legged_gym/scripts/sweep.py --task=NAME --config FILE`.

Start the same command again to go on, or on another machine that reaches the same `--storage` to help.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from legged_gym.scripts.command_line import (
    Parser,
    add_wandb_flags,
    gpu_numbers,
    positive,
    run_program,
    task_parser,
    whole,
)
from legged_gym.sim.opengl import require_opengl
from legged_gym.utils.paths import LEGGED_GYM_ROOT_DIR

SWEEP_CONFIG = Path(LEGGED_GYM_ROOT_DIR) / "sweep_config_example.json"


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
        "--config", "--wandb_sweep_config", metavar="FILE", type=Path, default=SWEEP_CONFIG,
        help=f"the sweep, as JSON in the format of Weights & Biases; default: {SWEEP_CONFIG.name}",
    )  # fmt: skip
    parser.add_argument(
        "--backend", choices=("optuna", "wandb"), default="optuna",
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
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
