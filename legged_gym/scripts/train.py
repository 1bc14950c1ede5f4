"""Train a policy: `python legged_gym/scripts/train.py --task=NAME`.

On several GPUs: `torchrun --nproc_per_node=2 legged_gym/scripts/train.py --task=NAME`, with `--num_envs` environments
on each.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Any

from legged_gym.envs import TASKS
from legged_gym.utils import runs
from legged_gym.utils.cli import run_program, train_parser
from legged_gym.utils.config_io import class_to_dict
from legged_gym.utils.configure import apply_flags, chosen_checkpoint, chosen_task, place, trained_configs
from legged_gym.utils.devices import Placement, use_available_cores
from legged_gym.utils.seeding import set_seed
from legged_gym.utils.task_registry import get_cfgs, make_env, make_runner

logger = logging.getLogger(__name__)


def main() -> None:
    """Parse, configure, seed, build, learn."""
    args = train_parser().parse()
    task = chosen_task(args, TASKS)
    env_cfg, train_cfg = get_cfgs(task)
    num_envs_chosen = apply_flags(args, env_cfg, train_cfg)
    checkpoint = None
    if train_cfg.runner.resume:
        checkpoint = chosen_checkpoint(args, train_cfg)
        env_cfg, train_cfg = trained_configs(checkpoint, task, *get_cfgs(task))
        apply_flags(args, env_cfg, train_cfg)
        num_envs_chosen = True  # a continued run keeps its number of environments
    placement = place(args, env_cfg, num_envs_chosen)
    runs.check_writable(train_cfg.runner.experiment_name)
    train(task, env_cfg, train_cfg, placement, checkpoint)


def train(task: str, env_cfg: Any, train_cfg: Any, placement: Placement, checkpoint: Path | None) -> None:
    """Train, from a checkpoint if one is given, into a new run folder."""
    use_available_cores()
    rank = int(os.environ.get("RANK", "0"))  # set by torchrun
    train_cfg.seed = set_seed(train_cfg.seed, rank)
    config = {"task": task, **class_to_dict({"env": env_cfg, "train": train_cfg})}
    env_cfg.sim.engine = placement.engine
    env = make_env(task, env_cfg, placement.sim_device, train_cfg.seed)
    run = None if rank > 0 else _create_run(train_cfg, config, placement, checkpoint)
    runner = make_runner(env, train_cfg, run, placement.rl_device)
    runner.config = config
    if checkpoint is not None:
        runner.load(checkpoint)
    where = f"{placement.sim_device} ({placement.engine})"
    logger.info("%s: %d environments on %s, logs in %s", task, env.num_envs, where, run)
    runner.learn(train_cfg.runner.max_iterations, init_at_random_ep_len=checkpoint is None)


def _create_run(train_cfg: Any, config: dict[str, Any], placement: Placement, checkpoint: Path | None) -> Path:
    metadata = {
        "command": sys.argv,
        "engine": placement.engine,
        "device": placement.sim_device,
        "resumed_from": None if checkpoint is None else str(checkpoint),
    }
    return runs.create_run(train_cfg.runner.experiment_name, train_cfg.runner.run_name, config, metadata)


if __name__ == "__main__":
    run_program(main)
