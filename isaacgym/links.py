"""The bodies that Isaac Gym makes of a URDF: fixed joints collapsed, links and joints in its order."""

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np

from robust_parallel.urdf import Joint, Link, Pose, Robot, Shape
from robust_parallel.urdf.inertia import combined
from robust_parallel.urdf.shapes import rotation

_Part = tuple[Link, np.ndarray, np.ndarray]
"""A link with its rotation [3, 3] and place [3] in the frame of the body that it is part of."""


def bodies_of(robot: Robot, collapse_fixed_joints: bool, capsules: bool) -> Robot:
    """A robot of the bodies that Isaac Gym simulates, in its order: depth first, children by the names of their joints.

    Args:
        robot: as the file has it.
        collapse_fixed_joints: merge what a fixed joint holds into its parent, unless the joint has
            `dont_collapse="true"`; the parent keeps its name.
        capsules: give cylinders round ends, beyond their length.
    """
    held: dict[str, list[Joint]] = defaultdict(list)
    for joint in robot.joints:
        held[joint.parent].append(joint)
    by_name = {link.name: link for link in robot.links}
    links: list[Link] = []
    joints: list[Joint] = []

    def gather(name: str, turn: np.ndarray, place: np.ndarray, parts: list[_Part], moving: list[Joint]) -> None:
        """Collect the links of a body, and the joints that leave it, in its frame."""
        parts.append((by_name[name], turn, place))
        for joint in held[name]:
            joint_turn = turn @ rotation(joint.origin.rpy)
            joint_place = place + turn @ np.array(joint.origin.xyz)
            if joint.kind == "fixed" and collapse_fixed_joints and not joint.dont_collapse:
                gather(joint.child, joint_turn, joint_place, parts, moving)
            else:
                root = parts[0][0].name
                moving.append(replace(joint, parent=root, origin=_pose(joint_turn, joint_place), mimic=None))

    def visit(name: str) -> None:
        parts: list[_Part] = []
        moving: list[Joint] = []
        gather(name, np.eye(3), np.zeros(3), parts, moving)
        links.append(_merged(parts, capsules))
        for joint in sorted(moving, key=lambda joint: joint.name):
            joints.append(joint)
            visit(joint.child)

    visit(robot.root.name)
    return replace(robot, links=tuple(links), joints=tuple(joints))


def _merged(parts: list[_Part], capsules: bool) -> Link:
    """One link of several, in the frame of the first."""
    first = parts[0][0]
    weighing = [(link.inertial, turn, place) for link, turn, place in parts if link.inertial is not None]
    inertial = first.inertial if [link for link, _, _ in parts if link.inertial] == [first] else None
    if inertial is None and weighing:
        inertial = combined(weighing)
    shapes = (_moved(shape, turn, place) for link, turn, place in parts for shape in link.collisions)
    visuals = (_moved(shape, turn, place) for link, turn, place in parts for shape in link.visuals)
    return Link(first.name, inertial, tuple(_rounded(shape) if capsules else shape for shape in shapes), tuple(visuals))


def _moved(shape: Shape, turn: np.ndarray, place: np.ndarray) -> Shape:
    origin = shape.origin
    return replace(shape, origin=_pose(turn @ rotation(origin.rpy), place + turn @ np.array(origin.xyz)))


def _rounded(shape: Shape) -> Shape:
    return replace(shape, kind="capsule") if shape.kind == "cylinder" else shape


def _pose(turn: np.ndarray, place: np.ndarray) -> Pose:
    """A frame by its rotation [3, 3] and origin [3]."""
    x, y, z = place.tolist()
    level = math.hypot(turn[0, 0], turn[1, 0])
    pitch = math.atan2(-turn[2, 0], level)
    if level < 1.0e-9:  # straight up or down: roll and yaw turn about one axis, and roll does it all
        return Pose((x, y, z), (math.atan2(-turn[1, 2], turn[1, 1]), pitch, 0.0))
    return Pose((x, y, z), (math.atan2(turn[2, 1], turn[2, 2]), pitch, math.atan2(turn[1, 0], turn[0, 0])))
