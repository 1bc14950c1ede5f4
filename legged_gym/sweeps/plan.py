"""What every worker of a sweep must know."""

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from legged_gym.runs.folders import SWEEPS
from legged_gym.sweeps.definition import Definition
from legged_gym.utils.errors import UserError

SETTINGS = ("task", "experiment_name", "num_envs", "seed", "max_iterations")
"""Flags that decide what a training learns, and so must be the same for all candidates of a sweep."""
SURROUNDINGS = ("log_root", "sim", "sim_device", "rl_device", "wandb_entity", "wandb_project")
"""Flags that may differ from machine to machine."""


@dataclass(frozen=True)
class Timing:
    """How often workers do what, s."""

    poll: float = 1.0
    """Between two looks at a training's log."""
    heartbeat: int = 20
    """Between two signs of life of a candidate."""
    grace: int = 90
    """Time without a sign of life after which a candidate's worker is taken for lost."""
    idle: float = 5.0
    """Between two looks at the candidates of other workers."""


@dataclass(frozen=True)
class Plan:
    """A sweep, ready to be worked on."""

    name: str
    storage: str
    """URL of the database."""
    runs: Path
    """Folder of the experiment's runs."""
    definition: Definition
    command: tuple[str, ...]
    """The training program with the flags that all candidates share."""
    max_iterations: int
    """Length of a training, unless it is a parameter."""
    identity: dict[str, Any]
    """What must not change between workers, nor when the sweep is resumed."""
    timing: Timing = field(default_factory=Timing)

    @property
    def folder(self) -> Path:
        """Where candidates print and the report is written."""
        return self.runs / SWEEPS / self.name


def make_plan(args: argparse.Namespace, task: str, train_cfg: Any, definition: Definition, train_module: str) -> Plan:
    """The plan that the flags of sweep.py and a sweep's file make.

    Args:
        args: of sweep.py.
        task: its name.
        train_cfg: training configuration with the flags applied.
        definition: the sweep.
        train_module: the program that trains, for `python -m`.

    Raises:
        UserError: the name is none for files.
    """
    name = args.name or definition.source.get("name") or args.config.stem
    if not isinstance(name, str) or not re.fullmatch(r"[\w-][\w.-]*", name):
        raise UserError(f"the sweep's name {name!r} must be of letters, digits, '.', '_' and '-'")
    surroundings = train_flags(args, task, (*SETTINGS, *SURROUNDINGS)) + ["--disable_wandb"] * args.disable_wandb
    folder = args.log_root.resolve() / train_cfg.runner.experiment_name
    source = {key: value for key, value in definition.source.items() if key not in ("name", "description", "run_cap")}
    return Plan(
        name=name,
        storage=args.storage or f"sqlite:///{folder / SWEEPS / name}.db",
        runs=folder,
        definition=definition,
        command=(sys.executable, "-m", train_module, *surroundings),
        max_iterations=train_cfg.runner.max_iterations,
        identity={"train": train_flags(args, task), "sweep": source},
    )


def train_flags(args: argparse.Namespace, task: str, names: Iterable[str] = SETTINGS) -> list[str]:
    """Flags for the training program: those of `names` that the user gave, and every `--set`."""
    given = {**vars(args), "task": task}
    flags = [f"--{name}={given[name]}" for name in names if given[name] is not None]
    return [*flags, *(text for override in args.overrides for text in ("--set", override))]
