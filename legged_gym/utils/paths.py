"""Where files lie."""

from pathlib import Path

from legged_gym import LEGGED_GYM_ROOT_DIR


def in_project(name: str) -> Path:
    """The path of a configuration's file name, in which `{ROOT}` stands for the project's root."""
    return Path(name.replace("{ROOT}", LEGGED_GYM_ROOT_DIR))
