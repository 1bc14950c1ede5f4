"""The versions of MuJoCo Warp that the engine may meet."""

import re
from pathlib import Path

import pytest

from robust_parallel.errors import UserError
from robust_parallel.warp_physics import package
from robust_parallel.warp_physics.package import BEYOND, FIRST, missing_package, require_package


@pytest.fixture
def installed(monkeypatch):
    """Pretend that a version is installed."""

    def pretend(version: str) -> None:
        monkeypatch.setattr(package.importlib.util, "find_spec", lambda name: name)
        monkeypatch.setattr(package.importlib.metadata, "version", lambda name: version)

    return pretend


def test_versions_that_the_engine_knows(installed):
    installed("4.0.0")
    assert missing_package() == ""
    installed("4.0.12.dev3")
    assert missing_package() == ""


@pytest.mark.parametrize("version", ["4.1.0", "5.0", "3.9.9"])
def test_another_version_is_refused_in_one_line(installed, version):
    installed(version)
    with pytest.raises(UserError, match=re.escape(f"mujoco-warp {version} is not >=4.0,<4.1")) as error:
        require_package()
    assert "\n" not in str(error.value)


def test_what_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(package.importlib.util, "find_spec", lambda name: None if name == "warp" else name)
    with pytest.raises(UserError, match="warp not installed; pip install"):
        require_package()


def test_the_package_asks_for_the_same_versions():
    setup = (Path(__file__).parents[2] / "setup.py").read_text()
    bounds = re.search(r"mujoco-warp>=(\d+)\.(\d+),<(\d+)\.(\d+)", setup)
    assert bounds is not None
    assert tuple(map(int, bounds.groups())) == (*FIRST, *BEYOND)
