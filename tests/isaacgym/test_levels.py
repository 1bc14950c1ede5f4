"""Each level of what public forks ask for is there, and runs in a script as forks are."""

import os
import re
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from isaacgym import gymapi, gymtorch, gymutil, terrain_utils, torch_utils
from tests.isaacgym.levels import LEVELS, names
from tests.opengl import needs_opengl
from tests.pythonpath import extended

ROOT = Path(__file__).parents[2]
SCRIPTS = "\n".join(Path(__file__).with_name(name).read_text() for name in ("fork.py", "fork_skills.py"))
OWNERS = {
    "gym": gymapi.acquire_gym(),
    "gymapi": gymapi,
    "gymtorch": gymtorch,
    "gymutil": gymutil,
    "terrain_utils": terrain_utils,
    "torch_utils": torch_utils,
}


@pytest.mark.parametrize("level", LEVELS)
def test_names_of_a_level_are_there_and_used(level):
    for owner, name in names(level):
        assert attrgetter(name)(OWNERS[owner]) is not None
        assert re.search(rf"\b{re.escape(name)}\b", SCRIPTS), name


def test_levels_have_the_sizes_that_were_counted():
    assert [len(names(level)) for level in range(1, 5)] == [59, 11, 36, 6]


def skills(**environment: str) -> dict[str, list[str]]:
    """What the script of skills printed, by what it is about."""
    robot = ROOT / "resources/robots/go2/urdf/go2.urdf"
    settings = {"FORK_ROBOT": str(robot), "PYTHONPATH": extended(ROOT)} | environment
    command = [sys.executable, str(Path(__file__).with_name("fork_skills.py")), "--headless"]
    result = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    parts = (line.partition(": ") for line in result.stdout.splitlines())
    return {about: words.split() for about, _, words in parts}


def test_skills_without_pictures():
    """Three Go2 of 15 kg hold their stance, 0.3 m high, on a level block."""
    told = skills()
    assert told["sensors feel all contacts"][0] == "True"
    assert float(told["sensors feel all contacts"][1]) == pytest.approx(15.0 * 9.81, rel=0.05)
    assert [0.25 < float(height) < 0.33 for height in told["highest, lowest trunk"]] == [True, True]
    assert told["indices"] == ["[3,", "3,", "16]", "13", "36"]  # the second robot's fourth of 13 bodies
    assert told["torques agree"] == ["True"] and float(told["rotations off by"][0]) < 1e-5
    assert float(told["time"][0]) == pytest.approx(1.0) and "depth" not in told


@needs_opengl
def test_skills_with_pictures(tmp_path):
    """The bar, 0.65 m up and 1.2 m ahead of the camera, is nearer than what is clipped at 2 m."""
    told = skills(FORK_PICTURES=str(tmp_path / "viewer.png"))
    assert told["depth"][:3] == ["(3,", "24,", "32)"] and 0.0 < float(told["depth"][3]) < 0.3
    assert 1.0 < float(told["depth"][4]) < 2.0
    assert told["colours"] == ["(900,", "1600,", "4)", "True"] and (tmp_path / "viewer.png").stat().st_size > 1000
