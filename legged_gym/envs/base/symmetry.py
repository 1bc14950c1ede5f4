"""What a robot's observations and actions are when left and right are exchanged."""

from collections.abc import Mapping, Sequence

import torch

from legged_gym.interface.action import ActionMap, MixedActionMap
from legged_gym.interface.mirror import Mirror
from legged_gym.interface.observations import Observations
from legged_gym.utils.errors import UserError

Mirrors = dict[str, tuple[Sequence[int], Sequence[float]]]
"""By observation group, and of "actions": for each column where its mirrored value is from, and its sign (`Mirror`)."""


def part_mirror(counterparts: Mapping[int, int], parts: Sequence[int]) -> Mirror | None:
    """The mirror of one value of each of some bodies.

    Args:
        counterparts: see `Simulator.body_mirror`.
        parts: the bodies, in the order of the values.

    Returns:
        None if one of them has no counterpart among them.
    """
    columns = {body: column for column, body in enumerate(parts)}
    source = [columns.get(counterparts.get(body, -1)) for body in parts]
    if None in source:
        return None
    return Mirror(tuple(column for column in source if column is not None), (1.0,) * len(source))


def mirrors(
    observations: Observations, joint_mirror: tuple[list[int], list[float]] | None, action_map: ActionMap
) -> Mirrors:
    """How observation groups and actions change when left and right are exchanged.

    Args:
        observations: those of the robot.
        joint_mirror: see `Simulator.joint_mirror`.
        action_map: what its actions mean.

    Raises:
        UserError: the robot, its pose or what it observes has no mirror image.
    """
    if joint_mirror is None or isinstance(action_map, MixedActionMap):
        raise UserError("the robot has no symmetry to learn by: not every joint has a counterpart that is driven alike")
    joints = Mirror(tuple(joint_mirror[0]), tuple(joint_mirror[1]))
    pose = action_map.default_dof_pos
    if not torch.allclose(joints(pose), pose, atol=1.0e-6):
        raise UserError("init_state.default_joint_angles: left and right differ, so that there is no symmetry")
    found = {**observations.mirrors(joints), "actions": joints}
    return {name: (mirror.source, mirror.signs) for name, mirror in found.items()}
