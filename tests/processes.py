"""Processes of their own that need not load everything anew."""

import multiprocessing
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from legged_gym.scripts.command_line import run_program

CONTEXT = multiprocessing.get_context("forkserver")
"""Of processes that are forked from one that has loaded what they need."""
CONTEXT.set_forkserver_preload(["legged_gym.scripts.programs.train", "rsl_rl.runners"])


def run(main: Callable[[Sequence[str]], Any], flags: Sequence[str]) -> None:
    """Be a program that was started with some flags."""
    run_program(partial(main, flags))
