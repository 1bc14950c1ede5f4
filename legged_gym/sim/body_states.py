"""States of all bodies from the base and the joints: for engines whose own are those of the step before."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from legged_gym.sim.robot_model import RobotModel
from legged_gym.utils.math import quat_multiply, quat_rotate
from robust_parallel.graph import CapturedFunction
from robust_parallel.physics.kinematics import BodyKinematics, turn_of


class BodyStates:
    """The bodies of N copies of a robot: NumPy on the CPU, a graph of torch's on a GPU."""

    def __init__(self, robot: RobotModel, root_states: Tensor, dof_pos: Tensor, dof_vel: Tensor) -> None:
        """Follow live tensors: bases [N, 13] and joints [N, D] each."""
        self._live = root_states, dof_pos, dof_vel
        device = root_states.device
        if device.type == "cpu":
            components_first = torch.zeros(13, len(robot.body_names), len(root_states))
            self.states = components_first.permute(2, 1, 0)
            """[N, B, 13], the base first; components as in `root_states`."""
            self._on_cpu, self._out = BodyKinematics(robot), components_first.numpy()
            self.update = self._update_on_cpu
        else:
            self.states = torch.zeros(len(root_states), len(robot.body_names), 13, device=device)
            self._in_torch = TorchKinematics(robot, device)
            self.update = CapturedFunction(self._update_in_torch, device)

    def _update_on_cpu(self) -> None:
        self._on_cpu.compute(*(tensor.numpy() for tensor in self._live), out=self._out)

    def _update_in_torch(self) -> None:
        self._in_torch.compute(*self._live, out=self.states)


@dataclass(frozen=True)
class _Level:
    """The K bodies of one depth in the tree, indexed as in `body_names`."""

    bodies: Tensor
    parents: Tensor
    joints: Tensor
    """Index of each body's joint; D, one past the last, where it is welded."""
    offsets_and_axes: Tensor
    """Origin, m, and joint axis in the parent's frame [K, 2, 3]."""
    sine_part: Tensor
    cosine_part: Tensor
    """Orientation in the parent's frame = sine_part sin(q/2) + cosine_part cos(q/2) [K, 4], xyzw."""


class TorchKinematics:
    """Forward kinematics of N copies of a robot; a joint turns about its body's origin, as in URDF."""

    def __init__(self, robot: RobotModel, device: torch.device) -> None:
        """Read the tree of links out of a compiled robot."""
        model, dofs = robot.model, len(robot.dof_names)
        index = {int(body): i for i, body in enumerate(robot.body_ids)}
        parents = {i: index[int(model.body_parentid[body])] for body, i in index.items() if body != robot.base_id}
        joints = {index[int(model.joint(name).bodyid[0])]: d for d, name in enumerate(robot.dof_names)}
        self._levels: list[_Level] = []
        level = [0]
        while level := [i for i, above in parents.items() if above in level]:
            ids = robot.body_ids[level]
            names = [robot.dof_names[joints[i]] if i in joints else None for i in level]
            turns = [turn_of(model, body, name) for body, name in zip(ids, names, strict=True)]
            axes, sine_part, cosine_part = (np.array(part) for part in zip(*turns, strict=True))
            indices = level, [parents[i] for i in level], [joints.get(i, dofs) for i in level]
            vectors = np.stack((model.body_pos[ids], axes), axis=1), sine_part, cosine_part
            self._levels.append(
                _Level(
                    *(torch.tensor(part, device=device) for part in indices),
                    *(torch.tensor(part, dtype=torch.float32, device=device) for part in vectors),
                )
            )

    def compute(self, root: Tensor, dof_pos: Tensor, dof_vel: Tensor, out: Tensor) -> None:
        """Write the body states.

        Args:
            root: base states [N, 13]: position, quaternion xyzw, linear velocity of the origin and angular velocity in
                world axes.
            dof_pos: joint angles [N, D], rad.
            dof_vel: joint velocities [N, D], rad/s.
            out: [N, B, 13], the base first; components as in `root`.
        """
        half, speeds = (torch.nn.functional.pad(part, (0, 1)) for part in (0.5 * dof_pos, dof_vel))
        sine, cosine = half.sin()[..., None], half.cos()[..., None]
        out[:, 0] = root
        for level in self._levels:
            position, quat, velocity, spin = out[:, level.parents].split((3, 4, 3, 3), dim=2)
            vectors = level.offsets_and_axes.expand(len(out), -1, -1, -1)
            arm, axis = quat_rotate(quat.flatten(0, 1), vectors.flatten(0, 1)).view(vectors.shape).unbind(dim=2)
            turn = level.sine_part * sine[:, level.joints] + level.cosine_part * cosine[:, level.joints]
            states = (
                position + arm,
                quat_multiply(quat, turn),
                velocity + torch.linalg.cross(spin, arm),
                spin + axis * speeds[:, level.joints, None],
            )
            out[:, level.bodies] = torch.cat(states, dim=2)
