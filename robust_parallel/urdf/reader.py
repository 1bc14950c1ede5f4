"""From a file to a robot that physics can hold."""

from pathlib import Path

from robust_parallel.errors import UserError
from robust_parallel.urdf.elements import parse
from robust_parallel.urdf.inertia import with_possible_inertia, with_whole_base
from robust_parallel.urdf.structure import check_tree, with_direct_leaders, without_world
from robust_parallel.urdf.tree import Robot


def read_urdf(path: Path) -> Robot:
    """Read a URDF.

    Its links weigh what the file says, to 1e-6 of the whole: inertia that no body can have is mended, links without a
    mass weigh nothing, and the root carries the mass of all that is welded to it. A root link that stands for the
    world is left out. What was mended is told in `Robot.notices`.

    Raises:
        UserError: the file is no URDF, or says what cannot be; one line with the file and the link or joint.
    """
    robot = parse(path)
    check_tree(robot)
    robot = without_world(with_direct_leaders(robot))
    if robot.mass == 0.0:
        raise UserError(f"{path}: no link has a mass")
    return with_whole_base(with_possible_inertia(robot))
