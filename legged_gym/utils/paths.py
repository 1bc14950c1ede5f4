"""Where files lie."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]


def in_project(name: str) -> Path:
    """The path of a configuration's file name, in which `{ROOT}` stands for the project's root."""
    return Path(name.replace("{ROOT}", str(PROJECT_ROOT)))
