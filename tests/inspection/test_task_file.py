"""Roles of a robot's parts in the task that is written for it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from legged_gym.inspection.skeleton import Skeleton
from legged_gym.inspection.task_file import _roles
from robust_parallel.urdf import read_urdf
from tests.inspection.toys import BODY, X, leg
from tests.urdf.toys import LIMIT, inertial, joint, link, origin, write


def leg_with_ankle(name: str, y: float) -> str:
    """A leg whose foot turns about x."""
    sole = f"<collision>{origin('0 0 -0.05')}<geometry><box size='0.2 0.1 0.02'/></geometry></collision>"
    ankle = joint(f"{name}_ankle", f"{name}_calf", f"{name}_foot", "revolute", origin("0 0 -0.2"), X, LIMIT)
    return leg(name, 0.0, y) + link(f"{name}_foot", inertial(0.1, 1e-3), sole) + ankle


def test_the_first_joint_of_each_leg_that_turns_about_x_abducts_it(tmp_path: Path) -> None:
    robot = read_urdf(write(tmp_path, BODY, leg_with_ankle("L", 0.1), leg_with_ankle("R", -0.1)))
    skeleton = Skeleton(robot)
    found: Any = SimpleNamespace(robot=robot, skeleton=skeleton)
    stance: Any = SimpleNamespace(angles=skeleton.rest(), feet=("L_foot", "R_foot"))
    assert _roles(found, stance)[2] == ["L_abduct", "R_abduct"]
