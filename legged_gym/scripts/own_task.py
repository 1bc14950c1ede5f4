"""The programs on a task that a file of the user's defines: `python my_robot.py [train|play|evaluate] FLAGS`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from legged_gym.scripts.command_line import run_program
from legged_gym.tasks import Task, all_tasks, register

PROGRAMS = ("train", "play", "evaluate")


def run_own_task(name: str, task: Task, argv: Sequence[str] | None = None) -> NoReturn:
    """Run a program, and exit as it does.

    Args:
        name: of the task.
        task: what it stands for, unless an installed package offers a task of this name.
        argv: the program, `train` if none is named, and its flags but `--task`; default: those of the process.
    """
    argv = sys.argv[1:] if argv is None else argv
    program, flags = (argv[0], argv[1:]) if argv and argv[0] in PROGRAMS else (PROGRAMS[0], argv)

    def main() -> None:
        if name not in all_tasks():
            register(name, task)
        import_module(f"legged_gym.scripts.{program}").main([f"--task={name}", *flags])

    run_program(main)
