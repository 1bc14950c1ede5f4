"""A trainer and collectors as processes of their own. A module of its own, since they import it."""

from pathlib import Path
from typing import Any

import torch

from rsl_rl.runners import SkillDistillationRunner, TrajectoryCollector
from tests.rsl_rl.skill_env import SkillEnv, train_cfg


def config(folder: Path, **dataset: Any) -> dict[str, Any]:
    """Return a trainer's configuration: 32 trajectories an iteration from a folder."""
    sizes = {"num_trajectories": 32, "keep_latest": 256, "patience": 300.0}
    return train_cfg() | {"pretrain_dataset": {**sizes, "scan_dir": str(folder / "shared"), **dataset}}


def teachers(folder: Path) -> dict[str, Path]:
    """Return the paths of the teachers."""
    return {skill: folder / f"{skill}.pt" for skill in ("approach", "flee")}


def train(folder: Path, iterations: int) -> None:
    """Begin, or go on from the newest checkpoint, until an iteration."""
    torch.set_num_threads(1)
    runner = SkillDistillationRunner(SkillEnv(1), config(folder), folder)
    runner.save_interval = 2
    found = sorted(folder.glob("model_*.pt"), key=lambda path: int(path.stem[6:]))
    if found:
        runner.load(found[-1])
    else:
        runner.load_teachers(teachers(folder))
    runner.learn(iterations - runner.iteration)


def collect(folder: Path) -> None:
    """Record with 16 robots until the training is finished."""
    torch.set_num_threads(1)
    runner = SkillDistillationRunner(SkillEnv(16), train_cfg())
    runner.load_teachers(teachers(folder))
    TrajectoryCollector(runner, folder / "shared").collect()
