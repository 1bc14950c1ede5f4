"""A robot's tree of bodies as the kernels take it."""

# MuJoCo's compiled modules come without type stubs.
# pyright: reportAttributeAccessIssue=false

import numpy as np
import warp as wp

from robust_parallel.physics.kinematics import HingeTree


def kinematic_tree(robot: HingeTree) -> list[wp.array]:
    """Chains, offsets, rotations, joints and joint axes of the bodies, as `export_state` takes them; on Warp's device.

    The chains are the bodies from the base to each body [B, L], numbered as in `body_ids`, filled up with -1.
    """
    model, ids = robot.model, robot.body_ids
    rotations = np.roll(model.body_quat[ids], -1, axis=1)  # wxyz -> xyzw
    joints, axes = np.full(len(ids), -1), np.zeros((len(ids), 3))
    for index, name in enumerate(robot.dof_names):
        joint = model.joint(name)
        body = int(np.flatnonzero(ids == joint.bodyid[0])[0])
        joints[body], axes[body] = index, joint.axis
    return [
        wp.array(_chains(robot), dtype=int),
        wp.array(model.body_pos[ids], dtype=wp.vec3),
        wp.array(rotations, dtype=wp.quat),
        wp.array(joints, dtype=int),
        wp.array(axes, dtype=wp.vec3),
    ]


def geom_bodies(robot: HingeTree) -> wp.array:
    """Index in `body_ids` of the body each geometry belongs to; -1 for the terrain. On Warp's device."""
    index = {int(body): i for i, body in enumerate(robot.body_ids)}
    return wp.array([index.get(int(body), -1) for body in robot.model.geom_bodyid], dtype=int)


def _chains(robot: HingeTree) -> np.ndarray:
    index = {int(body): i for i, body in enumerate(robot.body_ids)}
    chains: list[list[int]] = []
    for body in robot.body_ids:
        chain = [index[int(body)]]
        while (parent := int(robot.model.body_parentid[robot.body_ids[chain[0]]])) in index:
            chain.insert(0, index[parent])
        chains.append(chain)
    length = max(map(len, chains))
    return np.array([chain + [-1] * (length - len(chain)) for chain in chains])
