"""The policies to judge, from their checkpoints."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legged_gym.runs.configure import check_distinct, saved_config
from legged_gym.tasks import check_task
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import POLICIES

TASK = "go2_sight"
SCANS = ("height_scan", "foot_scan")


@dataclass(frozen=True)
class PolicyFile:
    """A policy on disk. Those of one task are trainings of the same with different seeds."""

    path: Path
    task: str
    config: dict[str, Any]
    """The configuration of its training: `env` and `train`."""

    @property
    def name(self) -> str:
        """Its file: folders of two experiments may hold the same names."""
        return str(self.path)

    @property
    def seed(self) -> int:
        """Of its training."""
        return self.config["train"]["seed"]

    @property
    def sees(self) -> bool:
        """Whether it observes the ground."""
        train = self.config["train"]
        observed = train["obs_groups"]["student" if train["runner"].get("stage") == "student" else "policy"]
        return any(scan in self.config["env"]["observations"][group] for group in observed for scan in SCANS)


def find_policies(args: argparse.Namespace) -> list[PolicyFile]:
    """The files after `--checkpoint`, or those of a folder whose names begin with the task's; by task.

    Raises:
        UserError: there are none, one is named twice, or one is of no task, or not of that of `--task`.
        CheckpointError: a file is damaged.
    """
    folder, task = Path(args.policies or POLICIES), args.task or TASK
    paths = [Path(name) for name in args.checkpoints] or sorted(folder.glob(f"{task}*.pt"))
    if not paths:
        raise UserError(f"no policy to judge: there is no file {folder}/{task}*.pt; name some after --checkpoint")
    check_distinct(paths)
    found = []
    for path in paths:
        config = saved_config(path)
        found.append(PolicyFile(path, check_task(config.get("task")), config))
        if args.checkpoints and args.task not in (None, found[-1].task):
            raise UserError(f"{path} is of the task {found[-1].task!r}, not of {args.task!r}")
    tasks = list(dict.fromkeys(policy.task for policy in found))
    return sorted(found, key=lambda policy: tasks.index(policy.task))
