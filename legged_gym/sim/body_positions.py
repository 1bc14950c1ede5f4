"""Where some bodies are, from the base's pose and the joints: forward kinematics in torch, which can be traced."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from legged_gym.sim.robot_model import RobotModel
from legged_gym.utils.math import quat_multiply, quat_rotate
from robust_parallel.physics.kinematics import turn_of


class BodyPositions(nn.Module):
    """Follows the chain of links from the base to each of F bodies, all of them at once.

    A joint turns about its body's origin, as in URDF. Shorter chains begin with links that lead nowhere.
    """

    offsets: torch.Tensor
    """Origin of each link in its parent's frame [K, F, 3], m."""
    joints: torch.Tensor
    """Index of each link's joint [K, F]; D, one past the last, where it is welded."""
    sine_part: torch.Tensor
    cosine_part: torch.Tensor
    """Orientation in the parent's frame = sine_part sin(q/2) + cosine_part cos(q/2) [K, F, 4], xyzw."""

    def __init__(self, robot: RobotModel, names: Sequence[str]) -> None:
        """Read the chains of the bodies of these names out of a compiled robot."""
        super().__init__()
        chains = [_chain(robot, name) for name in names]
        depth = max(len(chain) for chain in chains)
        rows = [[_nowhere(robot)] * (depth - len(chain)) + chain for chain in chains]
        for index, name in enumerate(("offsets", "joints", "sine_part", "cosine_part")):
            values = torch.from_numpy(np.array([[link[index] for link in row] for row in rows])).transpose(0, 1)
            self.register_buffer(name, values if name == "joints" else values.float())

    def forward(self, base_pos: torch.Tensor, base_quat: torch.Tensor, dof_pos: torch.Tensor) -> torch.Tensor:
        """Origins of the bodies [N, F, 3], m, in the base's world frame.

        Args:
            base_pos: [N, 3], m.
            base_quat: unit quaternions base -> world [N, 4], xyzw.
            dof_pos: joint angles [N, D], rad.
        """
        half = nn.functional.pad(0.5 * dof_pos, (0, 1))
        sine, cosine = half.sin()[..., None], half.cos()[..., None]
        position = base_pos[:, None]
        quat = base_quat[:, None].expand(-1, self.offsets.shape[1], -1)
        for offset, joint, sine_part, cosine_part in zip(
            self.offsets, self.joints, self.sine_part, self.cosine_part, strict=True
        ):
            arm = quat_rotate(quat.flatten(0, 1), offset.expand(len(quat), -1, -1).reshape(-1, 1, 3))
            position = position + arm.view(quat.shape[:2] + (3,))
            quat = quat_multiply(quat, sine_part * sine[:, joint] + cosine_part * cosine[:, joint])
        return position


_Link = tuple[np.ndarray, int, np.ndarray, np.ndarray]
"""Offset, joint, sine part and cosine part of a link."""


def _nowhere(robot: RobotModel) -> _Link:
    return np.zeros(3), len(robot.dof_names), np.zeros(4), np.array([0.0, 0.0, 0.0, 1.0])


def _chain(robot: RobotModel, name: str) -> list[_Link]:
    """The links from the base, without it, to a body."""
    model, links = robot.model, []
    joints = {int(model.joint(joint).bodyid[0]): index for index, joint in enumerate(robot.dof_names)}
    body = int(model.body(name).id)
    while body != robot.base_id:
        index = joints.get(body, len(robot.dof_names))
        joint = robot.dof_names[index] if body in joints else None
        _, sine_part, cosine_part = turn_of(model, body, joint)
        links.append((model.body_pos[body], index, sine_part, cosine_part))
        body = int(model.body_parentid[body])
    return links[::-1]
