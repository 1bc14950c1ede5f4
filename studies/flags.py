"""Flags of evaluate.py that have no effect in a suite."""

import argparse
from collections.abc import Sequence

from legged_gym.utils.errors import UserError

MEASURING = (
    "task", "load_run", "checkpoint", "experiment_name", "sim", "sim_device", "rl_device", "num_envs", "seed",
    "overrides", "policies", "trials", "parts",
)  # fmt: skip
"""What says what to measure, and how."""


def refuse(args: argparse.Namespace, names: Sequence[str], reason: str) -> None:
    """Refuse flags that were given.

    Raises:
        UserError: one was; names it, with the reason.
    """
    for name in names:
        if getattr(args, name) not in (None, []):
            flag = "set" if name == "overrides" else name
            raise UserError(f"--{flag}: {reason}")


def refuse_measuring(args: argparse.Namespace) -> None:
    """Refuse what would say how to measure, where `--from_json` gives what was measured.

    Raises:
        UserError: one was given.
    """
    refuse(args, MEASURING, "--from_json measures nothing, but reads what was measured")
