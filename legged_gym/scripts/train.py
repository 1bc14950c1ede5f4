"""Train a policy: `python legged_gym/scripts/train.py --task=NAME`.

A perceptive task has two stages: a teacher, then a student of it, each with a run folder of its own.

On several GPUs: `torchrun --nproc_per_node=2 legged_gym/scripts/train.py --task=NAME`, with `--num_envs` environments
on each.
"""

import contextlib
import gc
import logging
import os
import sys
from pathlib import Path
from typing import Any

from legged_gym.config.io import class_to_dict
from legged_gym.envs import TASKS
from legged_gym.runs import folders as runs
from legged_gym.runs.configure import apply_flags, chosen_checkpoint, chosen_task, place, trained_configs
from legged_gym.runs.stages import STUDENT, chosen_teacher, stage_configs, stages_to_train
from legged_gym.runs.tracking import log_writers, wandb_account
from legged_gym.scripts.command_line import run_program, train_parser
from legged_gym.sim.devices import Placement, use_available_cores
from legged_gym.tasks import get_cfgs, make_env, make_runner
from legged_gym.utils.seeding import set_seed
from legged_gym.viewing.training_film import INTERVAL, TrainingFilm
from rsl_rl.runners import TeacherStudentRunner
from rsl_rl.utils.writers import WriterFactory

logger = logging.getLogger(__name__)


def main() -> None:
    """Parse, configure, then train stage after stage."""
    args = train_parser().parse()
    task = chosen_task(args, TASKS)
    env_cfg, train_cfg = get_cfgs(task)
    num_envs_chosen = apply_flags(args, env_cfg, train_cfg)
    checkpoint = chosen_checkpoint(args, train_cfg) if train_cfg.runner.resume else None
    stages = stages_to_train(train_cfg, task, checkpoint)
    if checkpoint is not None:
        env_cfg, train_cfg = trained_configs(checkpoint, task, *get_cfgs(task))
        apply_flags(args, env_cfg, train_cfg)
        num_envs_chosen = True  # a continued run keeps its number of environments
    placement = place(args, env_cfg, num_envs_chosen)
    runs.check_writable(train_cfg.runner.experiment_name)
    film_interval = args.record_interval or (INTERVAL if args.record else None)
    writers = log_writers(wandb_account(args))
    trained = None
    for stage in stages:
        cfgs = stage_configs(env_cfg, train_cfg, stage, checkpoint is not None, args.max_iterations)
        teacher = (trained or chosen_teacher(train_cfg, task)) if stage == STUDENT and checkpoint is None else None
        trained = train(task, *cfgs, placement, checkpoint, teacher, writers, film_interval)
        if trained is None:
            break
        checkpoint = None
        gc.collect()  # CUDA graphs of this stage must not be freed while those of the next are captured


def train(
    task: str,
    env_cfg: Any,
    train_cfg: Any,
    placement: Placement,
    checkpoint: Path | None,
    teacher: Path | None,
    writers: list[WriterFactory],
    film_interval: int | None,
) -> Path | None:
    """Train into a new run folder.

    Args:
        task: its name.
        env_cfg: configuration of the environment.
        train_cfg: configuration of the training.
        placement: where to compute.
        checkpoint: what to go on from, or None to begin.
        teacher: checkpoint of the teacher, for a student that begins.
        writers: what writes the log.
        film_interval: iterations between two films of the robots; None: no films.

    Returns:
        The last checkpoint; None if a signal ended the training before its time.
    """
    use_available_cores()
    rank = int(os.environ.get("RANK", "0"))  # set by torchrun
    train_cfg.seed = set_seed(train_cfg.seed, rank)
    if teacher is not None:
        train_cfg.runner.teacher = "/".join(teacher.parts[-2:])
    config = {"task": task, **class_to_dict({"env": env_cfg, "train": train_cfg})}
    env_cfg.sim.engine = placement.engine
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed)
    runner = make_runner(env, train_cfg, None, placement.rl_device)
    if checkpoint is not None:
        runner.load(checkpoint)
    if teacher is not None:
        assert isinstance(runner, TeacherStudentRunner)
        runner.load_teacher(teacher)
    run = None if rank > 0 else _create_run(train_cfg, config, placement, checkpoint)
    runner.config, runner.log_dir, runner.writers = config, run, writers
    where = f"{placement.sim_device} ({placement.engine})"
    logger.info("%s: %d environments on %s, logs in %s", task, env.num_envs, where, run)
    last_iteration = runner.iteration + train_cfg.runner.max_iterations
    film = contextlib.nullcontext()
    if run is not None and film_interval is not None:
        film = contextlib.closing(TrainingFilm(runner, env, run / "videos", film_interval, last_iteration))
    with film:
        runner.learn(train_cfg.runner.max_iterations, init_at_random_ep_len=checkpoint is None)
    env.close()
    if runner.iteration < last_iteration:
        return None
    return runner.distributed.from_main(run and runs.find_checkpoint(run))


def _create_run(train_cfg: Any, config: dict[str, Any], placement: Placement, checkpoint: Path | None) -> Path:
    settings = train_cfg.runner
    metadata = {
        "command": sys.argv,
        "engine": placement.engine,
        "device": placement.sim_device,
        "resumed_from": None if checkpoint is None else str(checkpoint),
    }
    name = "_".join(filter(None, (settings.run_name, getattr(settings, "stage", ""))))
    return runs.create_run(settings.experiment_name, name, config, metadata)


if __name__ == "__main__":
    run_program(main)
