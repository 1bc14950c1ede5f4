"""Train a policy: `python legged_gym/scripts/train.py --task=NAME`.

A perceptive task has two stages: a teacher, then a student of it, each with a run folder of its own.

On several GPUs: `torchrun --nproc_per_node=2 legged_gym/scripts/train.py --task=NAME`, with `--num_envs` environments
on each.
"""

import sys
from collections.abc import Sequence
from functools import partial

from legged_gym.runs import folders as runs
from legged_gym.runs.configure import (
    check_effects,
    chosen_checkpoint,
    chosen_task,
    flag_settings,
    place_run,
    trained_settings,
)
from legged_gym.runs.stages import stages_to_train
from legged_gym.runs.tracking import log_writers, wandb_account
from legged_gym.runs.training import Output, train_stages
from legged_gym.scripts.command_line import Parser, add_wandb_flags, positive, run_program, task_parser
from legged_gym.viewing.training_film import INTERVAL


def main(argv: Sequence[str] | None = None) -> None:
    """Parse, configure, then train stage after stage."""
    flags = sys.argv[1:] if argv is None else argv
    args = make_parser().parse(flags)
    task = chosen_task(args)
    settings = flag_settings(args, task)
    check_effects(settings, args)
    checkpoint = chosen_checkpoint(args, settings.train_cfg) if settings.train_cfg.runner.resume else None
    stages = stages_to_train(settings.train_cfg, task, checkpoint)
    if checkpoint is not None:
        settings = trained_settings(args, task, checkpoint)
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    runs.check_writable(train_cfg.runner.experiment_name, args.log_root)
    output = Output(
        log_root=args.log_root,
        writers=log_writers(wandb_account(args)),
        film_interval=args.record_interval or (INTERVAL if args.record else None),
        command=["train.py", *flags],
    )
    train_stages(task, env_cfg, train_cfg, stages, placement, output, checkpoint, args.max_iterations)


def make_parser() -> Parser:
    """The flags."""
    parser = task_parser("Train a policy. Training never opens a window.")
    parser.add_argument("--resume", action="store_true", help="continue from a checkpoint (see --load_run)")
    parser.add_argument("--run_name", metavar="NAME", help="ending of the run's folder name")
    parser.add_argument("--max_iterations", metavar="N", type=positive, help="learning iterations of each run")
    parser.add_argument(
        "--stage", choices=("teacher", "student", "soft", "hard", "all"),
        help="what to train of a task with stages; all, the default: a teacher, then a student of it; or a skill with "
        "soft, then with hard obstacles, from the weights of the run that --load_run names",
    )  # fmt: skip
    parser.add_argument(
        "--teacher", metavar="RUN", help="the student's teacher: its run or checkpoint; default: the newest teacher"
    )
    parser.add_argument(
        "--record", action="store_true",
        help="film some robots every 500 iterations and at the end: videos/iteration_<n>.mp4 in the run's folder",
    )  # fmt: skip
    parser.add_argument("--record_interval", metavar="N", type=positive, help="the same every N iterations")
    add_wandb_flags(parser)
    return parser


run = partial(run_program, main)
"""The console command."""

if __name__ == "__main__":
    run()
