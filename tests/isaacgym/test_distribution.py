"""The distribution holds all it needs, and nothing whose name a fork owns."""

import tomllib
from pathlib import Path

from legged_gym.version import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "isaacgym" / "pyproject.toml").read_text())


def test_its_packages_are_those_that_are_there():
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    folders = {path.parent for name in ("isaacgym", "robust_parallel") for path in (ROOT / name).rglob("__init__.py")}
    assert listed == {".".join(folder.relative_to(ROOT).parts) for folder in folders}


def test_its_version_is_the_project_s():
    assert PROJECT["project"]["name"] == "isaacgym" and PROJECT["project"]["version"] == __version__
