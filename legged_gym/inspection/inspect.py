"""All that a URDF gives, and how the robot could stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from legged_gym.inspection.skeleton import Skeleton
from legged_gym.inspection.stance import Stance, stances
from legged_gym.inspection.standing import Gains, compile_robot, sensible_gains
from legged_gym.sim.robot_model import check_joints
from legged_gym.utils.errors import UserError
from robust_parallel.urdf import Joint, Robot, read_urdf
from robust_parallel.urdf.elements import parse

_NO_SHAPES = "no link has a <collision> shape: environments refuse it, for it would fall through the ground"


@dataclass(frozen=True)
class Inspection:
    """A robot that loads."""

    path: Path
    robot: Robot
    skeleton: Skeleton
    mass: float
    """Mass of the model that the engines step, kg."""
    mass_in_file: float
    """Sum of the file's masses, kg."""
    dof_names: list[str]
    body_names: list[str]
    ways: list[Stance]
    """Ways to stand, the likeliest first."""

    @property
    def joints(self) -> list[Joint]:
        """The joints that move, in the order of `dof_names`."""
        described = {joint.name: joint for joint in self.robot.joints}
        return [described[name] for name in self.dof_names]

    def gains(self, stance: Stance) -> Gains:
        """Drives that could hold it."""
        return sensible_gains(self.skeleton, stance)


def inspect_robot(path: Path) -> Inspection:
    """Read a URDF and compile the robot, as an environment would.

    A robot without shapes to stand on, which an environment refuses, is told with a notice that says so.

    Raises:
        UserError: it is refused, in one line that says what is wrong and where.
    """
    if not path.is_file():
        raise UserError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    robot = read_urdf(path)
    check_joints(robot)
    skeleton = Skeleton(robot)
    ways = stances(skeleton)
    model, dof_names = skeleton.model, list(skeleton.joints)
    if any(link.collisions for link in robot.links):
        built = compile_robot(path, sensible_gains(skeleton, ways[0]))
        model, dof_names = built.model, built.dof_names
    else:
        robot = robot.with_links({}, _NO_SHAPES)
    mass = float(model.body_mass.sum())
    return Inspection(path, robot, skeleton, mass, parse(path).mass, dof_names, skeleton.body_names, ways)


def summary(path: Path, found: Inspection | None, error: str | None = None) -> dict[str, Any]:
    """The result as plain data, for JSON; of a robot that was refused, the error alone."""
    names: Sequence[str] = []
    return {
        "file": str(path),
        "ok": found is not None,
        "mass": None if found is None else found.mass,
        "mass_in_file": None if found is None else found.mass_in_file,
        "dof_names": names if found is None else found.dof_names,
        "body_names": names if found is None else found.body_names,
        "feet": names if found is None else list(found.ways[0].feet),
        "notices": names if found is None else list(found.robot.notices),
        "error": error,
    }
