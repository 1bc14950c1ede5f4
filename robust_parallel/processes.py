"""The place of this process among those that train together, as torchrun tells it by environment variables."""

import os
from dataclasses import dataclass

from robust_parallel.errors import UserError

MOST = 100_000
"""Processes: no more than any cluster has."""


@dataclass(frozen=True)
class Place:
    """Numbers of a process; those of one that is alone by default."""

    rank: int = 0
    """Its number, from 0."""
    local_rank: int = 0
    """Its number on this machine, from 0."""
    world_size: int = 1
    """How many there are."""


def place_of_process() -> Place:
    """Read the variables.

    Raises:
        UserError: one is no number, or they contradict each other, or some are missing.
    """
    rank, local_rank, size = _number("RANK", 0), _number("LOCAL_RANK", 0), _number("WORLD_SIZE", 1)
    if size < 1 or rank >= size:
        raise UserError(f"RANK = {rank} and WORLD_SIZE = {size} contradict each other; start processes with torchrun")
    needed = ("RANK", "MASTER_ADDR", "MASTER_PORT") if size > 1 else ()
    if missing := [name for name in needed if not os.environ.get(name)]:
        raise UserError(f"WORLD_SIZE = {size}, but {' and '.join(missing)} missing; start processes with torchrun")
    if size > 1:
        _number("MASTER_PORT", 0)
    return Place(rank, local_rank, size)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text) > MOST:
        raise UserError(f"the environment variable {name} = {text!r} is no number; see torchrun")
    return int(text)
