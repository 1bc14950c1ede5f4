"""DAgger on one of several nodes, each with robots of its own: started with a folder of teachers."""

import sys
from pathlib import Path

import torch

from rsl_rl.runners import SkillDistillationRunner
from tests.rsl_rl.skill_env import SkillEnv, train_cfg


def main(folder: Path) -> None:
    """Train two iterations, and write this process's weights and its robots' places."""
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


if __name__ == "__main__":
    main(Path(sys.argv[1]))
