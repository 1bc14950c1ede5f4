"""The drives of one robot as a function of tensors, which can be traced."""

import torch
from torch import nn

from legged_gym.actuators.actuator import Actuator
from legged_gym.interface.state_vector import StateVector


class OneRobotDrives(nn.Module):
    """(joint_targets [D], dof_pos [D], dof_vel [D], state_in [S]) -> (torques [D], state_out [S]), a physics step.

    Zeros as the state begin an episode in the pose of that step.
    """

    input_names = ("joint_targets", "dof_pos", "dof_vel", "state_in")
    output_names = ("torques", "state_out")

    def __init__(self, actuator: Actuator) -> None:
        """Take the drives of one robot, with their nominal parameters."""
        super().__init__()
        self._actuator = actuator
        self._names = [f"memory_{index}" for index in range(len(actuator.memory))]
        shapes = [tuple(part.shape) for part in actuator.memory]
        self.state = StateVector({"started": (1,), **dict(zip(self._names, shapes, strict=True))})

    def forward(
        self, joint_targets: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor, state_in: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        memory, pose = self.state.unpack(state_in), dof_pos[None]
        fresh = memory["started"] == 0.0
        parts = zip(self._names, self._actuator.begin(pose), strict=True)
        present = tuple(torch.where(fresh[0], first, memory[name][0]) for name, first in parts)
        torques, following = self._actuator.torque(joint_targets[None], pose, dof_vel[None], present)
        memory = {name: part[None] for name, part in zip(self._names, following, strict=True)}
        state = self.state.pack({"started": torch.ones_like(fresh, dtype=state_in.dtype), **memory})
        return self._actuator.limited(torques)[0], state

    def example_inputs(self) -> tuple[torch.Tensor, ...]:
        """Inputs of a robot at rest that begins an episode."""
        rest = torch.zeros(self._actuator.torques.shape[1])
        return rest, rest.clone(), rest.clone(), torch.zeros(self.state.size)
