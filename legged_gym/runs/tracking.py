"""Weights & Biases beside the local logs: whose account and which project.

Off by default; on when both entity and project are known: `--wandb_entity` and `--wandb_project`, or else
`user/wandb_config.json`. `--disable_wandb` turns it off.
"""

import argparse
import re
from functools import partial
from pathlib import Path
from typing import NamedTuple

from legged_gym.config.io import load_json
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from rsl_rl.utils.writers import TensorBoardWriter, WandbWriter, WriterFactory, require_wandb

_NAME = re.compile(r"[^/\\#?%:\x00-\x1f]{1,128}")
"""Of an entity or a project."""
CONFIG_FILE = Path("user/wandb_config.json")
"""File in the working folder that names the account."""


class Account(NamedTuple):
    """Where on Weights & Biases a run is kept."""

    entity: str
    """User or team."""
    project: str


def wandb_account(args: argparse.Namespace) -> Account | None:
    """The account that flags and file name, or None if Weights & Biases is off.

    Raises:
        UserError: one of entity and project is unknown, or the file is no such file.
        LoggingError: the package is not installed, or nobody is logged in.
    """
    if args.disable_wandb:
        return None
    known = _read(CONFIG_FILE) if CONFIG_FILE.exists() else {}
    flags = {"entity": args.wandb_entity, "project": args.wandb_project}
    known |= {name: value for name, value in flags.items() if value is not None}
    if not known:
        return None
    if missing := [name for name in Account._fields if name not in known]:
        raise UserError(f"Weights & Biases: no {missing[0]}; name it with --wandb_{missing[0]} or in {CONFIG_FILE}")
    for name, value in known.items():
        if not value.strip() or not _NAME.fullmatch(value):
            raise UserError(f"Weights & Biases: {value!r} cannot be the {name}: it must have none of / \\ # ? % :")
    require_wandb()
    return Account(**known)


def log_writers(account: Account | None) -> list[WriterFactory]:
    """What writes a run's log: TensorBoard, and Weights & Biases if there is an account."""
    writers: list[WriterFactory] = [TensorBoardWriter]
    return writers if account is None else [*writers, partial(WandbWriter, **account._asdict())]


def _read(path: Path) -> dict[str, str]:
    data = load_json(path)
    if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
        raise UserError(f"{path}: expected an object of texts, entity and project")
    for name in data:
        if name not in Account._fields:
            raise UserError(f"{path}: unknown entry {name!r}{nearest(name, Account._fields)}")
    return data
