"""check_robot.py from the command line: what it tells, refuses, draws and writes, on small robots."""

import importlib.util
import json
import logging
import subprocess
import sys
from pathlib import Path

import imageio.v3 as imageio
import numpy as np
import pytest

from legged_gym.inspection import picture
from legged_gym.runs import folders as runs
from legged_gym.scripts import check_robot
from tests.inspection.toys import ARM, BODY, QUADRUPED, QUADRUPED_MASS, leg
from tests.opengl import needs_opengl
from tests.urdf.toys import AXIS, BALL, LEGS, LIMIT, TOY_MASS, TRUNK, inertial, joint, link, origin, write

ROOT = Path(__file__).resolve().parents[2]
CALVES = ["FL_calf", "FR_calf", "RL_calf", "RR_calf"]
KEYS = ["file", "ok", "mass", "mass_in_file", "dof_names", "body_names", "feet", "notices", "error"]


def test_what_a_robot_is_is_told(run_script, tmp_path, capsys):
    path = write(tmp_path, QUADRUPED, ARM)
    assert run_script(check_robot, str(path), f"--json={tmp_path / 'out.json'}") == 0
    told = capsys.readouterr().out
    found = json.loads((tmp_path / "out.json").read_text())
    assert list(found) == KEYS
    assert (found["file"], found["ok"], found["error"]) == (str(path), True, None)
    assert found["mass"] == pytest.approx(QUADRUPED_MASS + 0.4, rel=1e-9) == found["mass_in_file"]
    assert found["feet"] == CALVES and found["notices"] == []
    assert found["dof_names"][:3] == ["FL_abduct", "FL_swing", "FL_knee"] and len(found["dof_names"]) == 13
    assert found["body_names"][0] == "trunk" and len(found["body_names"]) == 14
    assert "feet: FL_calf, FR_calf, RL_calf, RR_calf" in told and "base: trunk" in told
    assert "FL_knee     -2.500 to  -0.500 rad, 40 N m, 20 rad/s" in told


def test_what_was_mended_is_told(run_script, tmp_path, capsys):
    ball = link("ball", inertial(0.3, 0.0)) + joint("spin", "trunk", "ball", "continuous")
    path = write(tmp_path, TRUNK, LEGS, ball)
    assert run_script(check_robot, str(path), f"--json={tmp_path / 'out.json'}") == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["mass"] == pytest.approx(TOY_MASS + 0.3, rel=1e-6)
    assert any("'ball'" in notice for notice in found["notices"])
    told = capsys.readouterr()
    assert all(f"notice: {notice}" in told.out for notice in found["notices"]) and told.err == ""
    assert "turns freely, any torque, any speed" in told.out


def test_a_robot_without_shapes_is_told_and_cannot_stand(run_script, tmp_path, capsys):
    path = write(tmp_path, link("trunk", inertial(2.0, 0.01)), LEGS.replace(BALL, ""))
    assert run_script(check_robot, str(path), f"--json={tmp_path / 'out.json'}") == 0
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["mass"] == pytest.approx(TOY_MASS) and found["dof_names"] == ["left_hip", "right_hip"]
    assert found["feet"] == [] and "no link has a <collision> shape" in found["notices"][-1]
    assert run_script(check_robot, str(path), "--stand") == 2
    assert "no link has a <collision> shape" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["prismatic", "planar", "floating"])
def test_a_joint_that_does_not_turn_is_refused(run_script, tmp_path, capsys, kind):
    ball = link("ball", inertial(0.3, 1e-3), BALL) + joint("loose", "trunk", "ball", kind, LIMIT)
    assert run_script(check_robot, str(write(tmp_path, TRUNK, LEGS, ball))) == 2
    assert f"joint 'loose' is {kind}" in capsys.readouterr().err


def test_a_robot_of_which_nothing_moves_is_refused(run_script, tmp_path, capsys):
    assert run_script(check_robot, str(write(tmp_path, TRUNK))) == 2
    assert "no joint is revolute or continuous" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, text, told",
    [
        ("robot.xml", "<mujoco/>", "MJCF"),
        ("robot.urdf", '<robot name="r"><link name="a"/></robot>', "no link has a mass"),
        ("robot.xacro", '<robot xmlns:xacro="x"><xacro:include filename="y"/><link name="a"/></robot>', "xacro"),
        ("nothing.urdf", None, "no such file"),
        ("folder", None, "not a file"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(run_script, tmp_path, capsys, name, text, told):
    path = tmp_path / name
    (tmp_path / "folder").mkdir()
    if text is not None:
        path.write_text(text)
    assert run_script(check_robot, str(path), f"--json={tmp_path / 'out.json'}") == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and told in lines[0] and name in lines[0]
    found = json.loads((tmp_path / "out.json").read_text())
    assert list(found) == KEYS and not found["ok"] and told in found["error"] and found["dof_names"] == []


def test_standing_is_told(run_script, tmp_path, capsys):
    assert run_script(check_robot, str(write(tmp_path, QUADRUPED)), "--stand") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("standing: stood for 5 s, base at 0.") and "of its limit" in line


def test_a_robot_that_falls_is_no_error(run_script, tmp_path, capsys):
    assert run_script(check_robot, str(write(tmp_path, BODY, leg("M", 0.003, 0.0))), "--stand") == 0
    assert "standing: fell after" in capsys.readouterr().out


@needs_opengl
def test_the_picture_shows_the_robot(run_script, tmp_path, monkeypatch):
    """The ground has other colours where a robot stands on it: the middle of the picture differs from a bare one's."""
    file = tmp_path / "robot.png"
    monkeypatch.setattr(picture, "_SIZE", (160, 120))
    assert run_script(check_robot, str(write(tmp_path, QUADRUPED)), f"--picture={file}") == 0
    pixels = imageio.imread(file)[..., :3].astype(float)
    assert pixels.shape == (120, 160, 3)
    assert np.abs(pixels[50:70, 70:90].mean(axis=(0, 1)) - pixels[100:, :20].mean(axis=(0, 1))).max() > 20.0


def test_the_task_it_writes_trains(run_script, tmp_path, monkeypatch, capsys):
    path = write(tmp_path, QUADRUPED, ARM)
    monkeypatch.chdir(tmp_path)
    assert run_script(check_robot, str(path), "--make_task=toy_walker") == 0
    assert "wrote toy_walker.py" in capsys.readouterr().out
    flags = ["--num_envs=4", "--max_iterations=2", "--sim=mujoco", "--sim_device=cpu", "--log_root=logs"]
    program = [sys.executable, "toy_walker.py", *flags, "--set", "train.runner.num_steps_per_env=8"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "give it a type" not in done.stderr  # nothing is told of fields that the user did not write
    run = runs.find_run("toy_walker", root=tmp_path / "logs")
    assert [file.name for file in runs.checkpoints(run).values()][-1] == "model_2.pt"
    cfg = _imported(tmp_path / "toy_walker.py").ToyWalkerCfg
    assert cfg.asset.foot_name == CALVES and cfg.asset.terminate_after_contacts_on == ["trunk"]
    assert cfg.asset.penalize_contacts_on == ["arm"]
    assert cfg.asset.hip_name == ["FL_abduct", "FR_abduct", "RL_abduct", "RR_abduct"]
    assert cfg.env.num_actions == 13


def test_wheels_are_driven_by_speed(run_script, tmp_path, monkeypatch):
    """Radius 0.1 m, mass 0.19 m over the ground: 0.5 sqrt(9.81 x 0.19) = 0.7 m/s is 7 rad/s of a wheel."""
    tyre = '<geometry><cylinder radius="0.1" length="0.05"/></geometry>'
    wheel = link("wheel", inertial(0.5, 1e-3), f"<collision>{origin(rpy='1.570796 0 0')}{tyre}</collision>")
    axle = joint("axle", "trunk", "wheel", "continuous", origin("0 0 -0.1"), AXIS)
    monkeypatch.chdir(tmp_path)
    assert run_script(check_robot, str(write(tmp_path, BODY, wheel, axle)), "--make_task=roller") == 0
    control = _imported(tmp_path / "roller.py").RollerCfg.control
    assert control.drive_modes == {"axle": "velocity"} and control.action_scales == {"axle": 7.0}
    assert control.stiffness == {} and list(control.damping) == ["axle"]


def _imported(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ['a"b', "a\\\\N", "two&#10;lines", "{x}", '"""'])
def test_a_task_of_any_robot_name_is_python(run_script, tmp_path, monkeypatch, name):
    path = write(tmp_path, QUADRUPED)
    path.write_text(path.read_text().replace('name="toy"', f"name='{name.replace(chr(39), '')}'"))
    monkeypatch.chdir(tmp_path)
    assert run_script(check_robot, str(path), "--make_task=any_name") == 0
    compile((tmp_path / "any_name.py").read_text(), "any_name.py", "exec")


@pytest.mark.parametrize(
    "name, told",
    [
        ("my-task", "letters, digits and _"),
        ("class", "be no keyword"),
        ("_1", "begin with a letter"),
        ("go2_flat", "there is a task 'go2_flat' already"),
        ("torch", "would hide the module 'torch'"),
        ("taken", "there already"),
    ],
)
def test_a_task_is_not_written_over_another_file(run_script, tmp_path, monkeypatch, capsys, name, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.py").write_text("mine = 1\n")
    assert run_script(check_robot, str(write(tmp_path, QUADRUPED)), f"--make_task={name}") == 2
    assert told in capsys.readouterr().err
    assert (tmp_path / "taken.py").read_text() == "mine = 1\n"


def test_the_engine_logs_as_before_when_the_program_has_ended(run_script, tmp_path):
    engine = logging.getLogger("legged_gym.sim")
    engine.setLevel(logging.NOTSET)
    assert run_script(check_robot, str(write(tmp_path, QUADRUPED))) == 0
    assert engine.level == logging.NOTSET
