"""DAgger on one of two nodes, each with robots of its own. A module of its own, since their processes import it."""

import os
from pathlib import Path

import torch

from rsl_rl.runners import SkillDistillationRunner
from tests.rsl_rl.skill_env import SkillEnv, train_cfg


def train(rank: int, port: int, folder: Path) -> None:
    """Train two iterations on what torchrun tells a node's only process; write its weights and its robots' places."""
    os.environ.update(
        WORLD_SIZE="2", RANK=str(rank), LOCAL_RANK="0", LOCAL_WORLD_SIZE="1",
        MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
    )  # fmt: skip
    torch.set_num_threads(1)
    runner = SkillDistillationRunner(SkillEnv(16), train_cfg())
    # Only the first node has the teachers' files.
    runner.load_teachers(
        {skill: folder / f"{skill}.pt" for skill in runner.skills} if runner.distributed.is_main else {}
    )
    runner.learn(2)
    weights = torch.cat([value.flatten() for value in runner.policy.state_dict().values()])
    teacher = torch.cat([value.flatten() for value in runner.algorithm.teacher.state_dict().values()])
    result = {
        "weights": weights,
        "teacher": teacher,
        "places": runner.env.position,
        "size": runner.distributed.world_size,
    }
    torch.save(result, folder / f"rank_{runner.distributed.rank}.pt")
