"""Sweeps with Weights & Biases: their server chooses the candidates, and any number of machines run them."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

from legged_gym.runs.tracking import Account
from legged_gym.sweeps import wandb_candidate
from legged_gym.sweeps.definition import Definition
from legged_gym.utils.errors import UserError
from rsl_rl.utils.writers import require_answer, require_wandb


def create_sweep(
    name: str, definition: Definition, train_module: str, train_flags: Sequence[str], account: Account
) -> str:
    """Make a sweep on the server, and return its id.

    Args:
        name: what it is called there.
        definition: the sweep.
        train_module: the program that trains, for `python -m`.
        train_flags: flags that all candidates share.
        account: where.

    Raises:
        UserError: the server cannot be reached, turns the account down, or cannot end candidates in this way.
    """
    early = definition.early_terminate
    if early is not None and early.type != "hyperband":
        raise UserError(f"early_terminate: Weights & Biases knows hyperband alone, not {early.type}")
    wandb = _online()
    own = [f"--wandb_entity={account.entity}", f"--wandb_project={account.project}"]
    candidate = [wandb_candidate.__name__, train_module, *train_flags, *own]
    command = ["${env}", "${interpreter}", "-m", *candidate, "${args_json}"]
    config = {**definition.source, "name": name, "program": train_module, "command": command}
    with _errors(wandb):
        return wandb.sweep(config, entity=account.entity, project=account.project)


def join_sweep(sweep_id: str, account: Account) -> None:
    """Run candidates of a sweep, one after the other, until the server has no more.

    Raises:
        UserError: the server cannot be reached, or turns the account down.
    """
    wandb = _online()
    # The agent starts `python`: it is to be the one that runs this. And it is not to give up when candidates crash.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    os.environ |= {"WANDB_AGENT_DISABLE_FLAPPING": "true", "WANDB_AGENT_MAX_INITIAL_FAILURES": str(sys.maxsize)}
    with _errors(wandb):
        wandb.agent(sweep_id, entity=account.entity, project=account.project)


@contextlib.contextmanager
def _errors(wandb: ModuleType) -> Iterator[None]:
    """Turn the package's errors into one line of the user's."""
    try:
        yield
    except wandb.Error as error:
        raise UserError(f"Weights & Biases: {error}".partition("\n")[0]) from error


def _online() -> ModuleType:
    wandb = require_wandb()
    settings = wandb.setup().settings
    if settings.mode != "online":
        raise UserError(f"Weights & Biases: a sweep needs their server, and the mode is {settings.mode}")
    try:
        require_answer(settings.base_url)
    except OSError as error:
        raise UserError(f"Weights & Biases: {error}") from error
    return wandb
