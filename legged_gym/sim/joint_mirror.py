"""Which joints and bodies of a robot are counterparts on its two sides: read off the compiled robot, not its names."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import mujoco
import numpy as np

from legged_gym.sim.robot_model import RobotModel

TOLERANCE = 1.0e-3
"""By which places (m) and axes of counterparts may differ."""


def joint_mirror(robot: RobotModel) -> tuple[list[int], list[float]] | None:
    """For each joint its counterpart, and the sign of a turn that is the mirror image of its own [D].

    In the zero pose, joints are counterparts whose origins mirror each other at the base's plane between left and right
    and whose axes do: an axis is a pseudovector, which keeps its part along y and loses the sign of the others.

    Returns:
        None if a joint has no counterpart, or several.
    """
    data, base, turned = _zero_pose(robot)
    ids = [robot.model.joint(name).id for name in robot.dof_names]
    origins, axes = (data.xanchor[ids] - base) @ turned, data.xaxis[ids] @ turned
    places, images = origins * [1.0, -1.0, 1.0], axes * [-1.0, 1.0, -1.0]
    partners, signs = [], []
    for place, image in zip(places, images, strict=True):
        near = np.abs(origins - place).max(axis=1) < TOLERANCE
        along = axes @ image
        found = np.flatnonzero(near & (np.abs(np.abs(along) - 1.0) < TOLERANCE))
        if len(found) != 1:
            return None
        partners.append(int(found[0]))
        signs.append(float(np.sign(along[found[0]])))
    return partners, signs


def body_mirror(robot: RobotModel) -> dict[int, int]:
    """Of each body whose origin, in the zero pose, mirrors that of just one body: its index, and that one's."""
    data, base, turned = _zero_pose(robot)
    origins = (data.xpos[robot.body_ids] - base) @ turned
    near = np.abs(origins[:, None] * [1.0, -1.0, 1.0] - origins).max(axis=2) < TOLERANCE
    return {body: int(np.argmax(row)) for body, row in enumerate(near) if row.sum() == 1}


def _zero_pose(robot: RobotModel) -> tuple[mujoco.MjData, np.ndarray, np.ndarray]:
    """Where everything is with all joints at 0, and the base's position and orientation [3, 3]."""
    data = mujoco.MjData(robot.model)
    mujoco.mj_kinematics(robot.model, data)
    return data, data.xpos[robot.base_id], data.xmat[robot.base_id].reshape(3, 3)
