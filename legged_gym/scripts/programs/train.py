"""What `train.py` does once its flags are read."""

import argparse
import logging
from collections.abc import Sequence

from legged_gym.config.layers import Settings
from legged_gym.runs import folders as runs
from legged_gym.runs.beginning import check_beginning
from legged_gym.runs.configure import (
    check_effects,
    chosen_checkpoint,
    chosen_task,
    flag_settings,
    place_run,
    trained_settings,
)
from legged_gym.runs.seeds import check_seeds, seed_slots, train_seeds
from legged_gym.runs.skills import scan_dir
from legged_gym.runs.stages import check_asked, runs_of_seeds, stage_settings, stages_to_train
from legged_gym.runs.tracking import log_writers, wandb_account
from legged_gym.runs.training import Output, train_stages
from legged_gym.viewing.training_film import INTERVAL
from legged_gym.viewing.web.viewer import require_web

logger = logging.getLogger(__name__)


def train(args: argparse.Namespace, flags: Sequence[str]) -> None:
    """Parse, configure, then train stage after stage."""
    if args.viewer == "web":
        require_web()
    task = chosen_task(args)
    settings = flag_settings(args, task)
    check_effects(settings, args)
    check_seeds(settings, args)
    checkpoint = chosen_checkpoint(args, settings.train_cfg) if settings.train_cfg.runner.resume else None
    stages = stages_to_train(settings.train_cfg, task, checkpoint)
    if checkpoint is not None:
        settings = trained_settings(args, task, checkpoint)
    settings.stages = stage_settings(settings, stages)
    check_asked(settings)
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    account = wandb_account(args)
    experiment = train_cfg.runner.experiment_name
    if args.seeds is not None:
        check_beginning(task, env_cfg, train_cfg, stages[0], args.log_root)
        slots = seed_slots(args, placement)
        runs.check_writable(experiment, args.log_root)
        begins_with = runs_of_seeds(train_cfg, stages[0], args.seeds, args.log_root)
        train_seeds(args, flags, task, experiment, slots, begins_with)
        return
    runs.check_writable(experiment, args.log_root)
    output = Output(
        log_root=args.log_root,
        writers=log_writers(account),
        film_interval=args.record_interval or (INTERVAL if args.record else None),
        viewer=args.viewer_address if args.viewer == "web" else None,
        command=["train.py", *flags],
    )
    _tell_robotless(settings, output)
    train_stages(task, env_cfg, train_cfg, stages, placement, output, checkpoint, args.max_iterations)


def _tell_robotless(settings: Settings, output: Output) -> None:
    """Name what somebody asked of robots, where others have them."""
    if not scan_dir(settings.train_cfg):
        return
    asked = [f"{source} {key}" for key, source in settings.asked() if key == "env.num_envs"]
    shown = {"--record": output.film_interval, "--viewer": output.viewer}
    for what in (*asked, *(flag for flag, value in shown.items() if value is not None)):
        logger.warning("%s has no effect: collectors have the robots, this program has none", what)
