"""Train a policy: `python legged_gym/scripts/train.py --task=NAME`.

A perceptive task has two stages: a teacher, then a student of it, each with a run folder of its own.

`--seeds 1,2,3` trains one policy of each seed, in a process of its own: one a GPU (`--per_gpu N`: several that share
it), or one after another.

On several GPUs: `torchrun --nproc_per_node=2 legged_gym/scripts/train.py --task=NAME`, with `--num_envs` environments
on each.
"""

import sys
from collections.abc import Sequence
from functools import partial

from legged_gym.scripts.command_line import (
    Parser,
    add_viewer_flags,
    add_wandb_flags,
    positive,
    run_program,
    seed_numbers,
    task_parser,
)
from legged_gym.sim.opengl import require_opengl


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, then do it; a mistyped flag is told before anything large is imported."""
    flags = sys.argv[1:] if argv is None else argv
    args = make_parser().parse(flags)
    require_opengl()
    from legged_gym.scripts.programs.train import train

    train(args, flags)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Train a policy. Training never opens a window.")
    parser.add_argument("--resume", action="store_true", help="continue from a checkpoint (see --load_run)")
    parser.add_argument("--run_name", metavar="NAME", help="ending of the run's folder name")
    parser.add_argument(
        "--max_iterations", metavar="N", type=positive,
        help="learning iterations of each run; with --resume so many more, default: as many as the run was begun with",
    )  # fmt: skip
    parser.add_argument(
        "--stage", choices=("teacher", "student", "soft", "hard", "all"),
        help="what to train of a task with stages; all, the default: a teacher, then a student of it; or a skill with "
        "soft, then with hard obstacles, from the weights of the run, or the checkpoint, that --load_run names",
    )  # fmt: skip
    parser.add_argument(
        "--teacher", metavar="RUN", help="the student's teacher: its run or checkpoint; default: the newest teacher"
    )
    parser.add_argument(
        "--record", action="store_true",
        help="film some robots every 500 iterations and at the end: videos/iteration_<n>.mp4 in the run's folder",
    )  # fmt: skip
    parser.add_argument("--record_interval", metavar="N", type=positive, help="the same every N iterations")
    parser.add_argument(
        "--seeds", metavar="1,2,...", type=seed_numbers,
        help="train with each of these seeds, one training a GPU, or one after another; then see evaluate.py --seeds",
    )  # fmt: skip
    parser.add_argument(
        "--per_gpu", metavar="N", type=positive, help="of several seeds, trainings that share a GPU; default: 1"
    )
    add_viewer_flags(parser, window=False)
    add_wandb_flags(parser)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
