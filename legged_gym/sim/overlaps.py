"""Parts of a robot that lie within each other in a pose: where they may collide, they push each other all the time."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import logging
from collections.abc import Sequence

import mujoco

from legged_gym.sim.robot_model import RobotModel

logger = logging.getLogger(__name__)

_HEIGHT = 1.0e4
"""Where no ground is, m."""


def overlaps(robot: RobotModel, dof_pos: Sequence[float]) -> dict[tuple[str, str], float]:
    """Bodies that collide with each other in a pose [D], rad, and how deep, m."""
    model, data = robot.model, mujoco.MjData(robot.model)
    if robot.fixed_base:
        data.mocap_pos[0, 2] = _HEIGHT
    else:
        data.qpos[2] = _HEIGHT
    data.qpos[robot.joint_qpos] = dof_pos
    mujoco.mj_fwdPosition(model, data)
    depths: dict[tuple[str, str], float] = {}
    for contact in data.contact:
        first, second = sorted(int(model.geom_bodyid[geom]) for geom in contact.geom)
        pair = model.body(first).name, model.body(second).name
        depths[pair] = max(depths.get(pair, 0.0), -float(contact.dist))
    return {pair: depth for pair, depth in depths.items() if depth > 0.0}


def warn_of_overlaps(robot: RobotModel, dof_pos: Sequence[float]) -> None:
    """Log a warning for each pair of bodies that collide in a robot's default pose [D], rad."""
    for (first, second), depth in overlaps(robot, dof_pos).items():
        logger.warning(
            "%s and %s lie %.1f mm within each other in the default pose and push each other apart all the time; "
            "change the pose or the shapes, or set asset.self_collisions=false",
            first,
            second,
            1.0e3 * depth,
        )
