"""What `train.py` does once its flags are read."""

import argparse
from collections.abc import Sequence

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
from legged_gym.viewing.training_film import INTERVAL


def train(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Parse, configure, then train stage after stage."""
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
