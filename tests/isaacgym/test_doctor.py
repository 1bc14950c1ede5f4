"""What is told of a small fork."""

import os

import pytest

from isaacgym import doctor

TASK = """
import os
import numpy as np
import no_such_package.parts
from isaacgym import gymapi, gymutil as gu
from isaacgym.torch_utils import quat_apply, no_such_function
from my_fork.helpers import thing

class Task:
    def __init__(self):
        self.gym = gymapi.acquire_gym()
        self.gym.create_sim(0, 0, gymapi.SIM_PHYSX, gymapi.SimParams())
        self.gym.create_box(None, 0, gymapi.Transform())
        self.gym.create_box(None, 1, gymapi.Transform())
        gu.parse_device_str(gymapi.NO_SUCH_CONSTANT)
"""
WRAPPER = """
import gym
env = gym.make("Pendulum")
"""


STARS = """
import isaacgym
import isaacgym.terrain_utils as tu
from isaacgym import rlgpu
from isaacgym.torch_utils import *

class Other:
    def turned(self, quats):
        try:
            found = [q for q in quats]
        except ValueError as fault:
            raise fault
        lost = no_such_helper(torch.cat(found), np.pi, __file__)
        return quat_apply(lost, quats), tu.no_such_terrain, isaacgym.gymapi.NoSuchType
"""


def test_names_that_come_with_whole_modules(tmp_path, capsys):
    (tmp_path / "other.py").write_text(STARS)
    assert doctor.main([str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines()[:5] == [
        "1 files use 7 names of Isaac Gym; 4 of them are not there",
        "  gymapi.NoSuchType  (other.py:14): docs/isaacgym.md lists what is",
        "  isaacgym.rlgpu  (other.py:4): docs/isaacgym.md lists what is",
        "  terrain_utils.no_such_terrain  (other.py:14): docs/isaacgym.md lists what is",
        "  torch_utils.no_such_helper  (other.py:13): docs/isaacgym.md lists what is",
    ]
    (tmp_path / "other.py").write_text(STARS + "from somewhere import *\n")  # which may bring it
    doctor.main([str(tmp_path)])
    assert "no_such_helper" not in capsys.readouterr().out


def test_a_fork(tmp_path, capsys):
    package = tmp_path / "my_fork"
    package.mkdir()
    (package / "task.py").write_text(TASK)
    (package / "helpers.py").write_text(WRAPPER)
    (package / "old.py").write_text("print 'Python 2'")
    (tmp_path / "setup.py").write_text("")
    assert doctor.main([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "not read, as it is no Python 3: my_fork/old.py",
        "4 files use 10 names of Isaac Gym; 3 of them are not there",
        "  gym.create_box  (my_fork/task.py:13, 2 times): it would need assets that are no URDF",
        "  gymapi.NO_SUCH_CONSTANT  (my_fork/task.py:15): docs/isaacgym.md lists what is",
        "  torch_utils.no_such_function  (my_fork/task.py:6): docs/isaacgym.md lists what is",
    ]
    absent = lines[5].removeprefix("packages it imports that are not installed: ").split(", ")
    assert "no_such_package" in absent and not {"numpy", "os", "my_fork", "isaacgym"} & set(absent)
    assert lines[6].startswith("install it with: pip install --no-deps")


def test_a_fork_that_asks_for_nothing_that_is_not_there(tmp_path, capsys):
    (tmp_path / "train.py").write_text("from isaacgym import gymapi\ngymapi.SimParams()\n")
    assert doctor.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 files use 1 names of Isaac Gym; 0 of them are not there\n"
    with pytest.raises(SystemExit):
        doctor.main([str(tmp_path / "none")])


def test_what_is_no_file_to_read_is_passed_over(tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "link.py").symlink_to("nowhere")
    (tmp_path / "deep.py").write_text("x" + ".a" * 20000)
    assert doctor.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "not read, as it is no Python 3: deep.py"


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (BrokenPipeError(), 141, ""),
        (OSError(28, "No space left on device"), 2, "error: cannot write the output: No space left on device\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_how_it_ends(error, status, says, monkeypatch, capsys):
    def fail() -> int:
        raise error

    monkeypatch.setattr(doctor, "main", fail)
    monkeypatch.setattr(os, "dup2", lambda *_: None)
    assert doctor.run() == status
    assert capsys.readouterr().err == says
