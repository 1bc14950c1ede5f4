"""What `collect.py` does once its flags are read."""

import argparse
import logging
import os
from pathlib import Path

from legged_gym.config.layers import Settings
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.runs.configure import (
    check_experiment,
    chosen_checkpoint,
    chosen_task,
    flag_settings,
    place_run,
    tell_unlearned,
    trained_settings,
    unlearning,
)
from legged_gym.runs.skills import check_skills, learns_skills, skill_teachers
from legged_gym.sim.devices import use_available_cores
from legged_gym.tasks import make_env, make_runner
from legged_gym.utils.errors import StoppedError, UserError
from legged_gym.utils.seeding import set_seed
from rsl_rl.runners import SkillDistillationRunner, TrajectoryCollector

MIB = 2**20
QUOTA = 4096
"""Room for a collector's files in a trainer's folder unless it says otherwise, MiB."""

WHO_ACTS = ("train.distillation.teacher_share", "train.distillation.teacher_until")
"""What is read where a student acts, too."""

logger = logging.getLogger(__name__)


def collect(args: argparse.Namespace) -> None:
    """Configure, then record.

    Raises:
        UserError: the task has no student of several skills, or there is no folder to write to.
        StoppedError: a signal ended it, after a whole rollout.
    """
    task = chosen_task(args)
    settings, checkpoint = flag_settings(args, task), None
    if not learns_skills(settings.train_cfg):
        raise UserError(f"{task} has no student of several skills: there is nothing to collect")
    check_experiment(args)
    if args.data_dir is None or args.load_run is not None or args.checkpoint is not None:
        checkpoint = chosen_checkpoint(args, settings.train_cfg)
        settings = trained_settings(args, task, checkpoint)
    elif args.experiment_name is not None:
        raise UserError("--experiment_name: teachers alone record into --data_dir; name a run (--load_run)")
    tell_unlearned(settings, () if checkpoint is None else WHO_ACTS)
    folder = args.data_dir or settings.train_cfg.pretrain_dataset.scan_dir
    if not folder:
        raise UserError(f"{checkpoint} learns from robots of its own, not from a folder; for a data set add --data_dir")
    if args.data_dir is None and not os.path.isdir(folder):
        raise UserError(
            f"there is no {folder}, which the trainer of {checkpoint} learns from: nobody would read what comes; "
            "a relative path is one of the working folder (--set train.pretrain_dataset.scan_dir names another)"
        )
    env, runner = _make(args, task, settings, checkpoint)
    collector = TrajectoryCollector(
        runner, folder, None if args.data_dir else (args.quota or QUOTA) * MIB, follow=args.data_dir is None
    )
    who = "teachers alone" if checkpoint is None else f"the student of {checkpoint}"
    logger.info("%s: %d environments on %s, trajectories of %s to %s", task, env.num_envs, env.device, who, folder)
    try:
        collector.collect(args.rollouts)
    finally:
        env.close()
    if collector.stopped_by is not None:
        raise StoppedError(collector.stopped_by)


def _make(
    args: argparse.Namespace, task: str, settings: Settings, checkpoint: Path | None
) -> tuple[LeggedRobot, SkillDistillationRunner]:
    """Robots, student and teachers; the random numbers are this collector's own, unless --seed asks for some."""
    env_cfg, train_cfg = settings.env_cfg, settings.train_cfg
    placement = place_run(args, settings)
    use_available_cores()
    teachers = skill_teachers(env_cfg, train_cfg, args.log_root) if checkpoint is None else {}
    for key, value in unlearning(train_cfg).items():
        section, name = key.split(".")[1:]
        setattr(getattr(train_cfg, section), name, value)
    if checkpoint is None:
        train_cfg.distillation.teacher_share = train_cfg.distillation.teacher_until = 1.0  # from the beginning on
    train_cfg.seed = set_seed(-1 if args.seed is None else args.seed)
    env_cfg.sim.engine = placement.engine
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed, train_cfg)
    check_skills(env.terrain, train_cfg.runner.sub_policy_paths)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    assert isinstance(runner, SkillDistillationRunner)
    if checkpoint is None:
        runner.load_teachers(teachers)
    else:
        runner.iteration = runner.load(checkpoint, resume=False)  # files tell it, and teachers act the less for it
    return env, runner
