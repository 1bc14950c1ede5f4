"""The distribution holds all it needs, and nothing whose name a fork owns."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from legged_gym.version import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "isaacgym" / "pyproject.toml").read_text())


def test_its_packages_are_those_that_are_there():
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    found = (path for name in ("isaacgym", "robust_parallel") for path in (ROOT / name).rglob("__init__.py"))
    folders = {path.parent.relative_to(ROOT) for path in found}
    built = ROOT / "isaacgym/build"  # what `pip install ./isaacgym` leaves
    assert listed == {".".join(folder.parts) for folder in folders if not (ROOT / folder).is_relative_to(built)}


def test_its_version_is_the_project_s():
    assert PROJECT["project"]["name"] == "isaacgym" and PROJECT["project"]["version"] == __version__


@pytest.mark.slow
def test_its_wheel_holds_what_it_shares_and_no_fork_s_package(tmp_path):
    for name in ("isaacgym", "robust_parallel"):
        ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "source" / name, ignore=ignored)
    flags = ("--quiet", "--no-deps", "--no-build-isolation", f"--wheel-dir={tmp_path}")
    subprocess.run([sys.executable, "-m", "pip", "wheel", *flags, str(tmp_path / "source/isaacgym")], check=True)
    names = ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert {"isaacgym/gym/interface.py", "robust_parallel/urdf/reader.py"} <= set(names)
    packages = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert packages == {"isaacgym", "robust_parallel"}
