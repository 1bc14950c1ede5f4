"""What a policy's actions mean."""

import torch
from torch import nn

POSITION, TORQUE = "position", "torque"
"""What the drives are told: joint angles, rad, or torques, N m."""


class ActionMap(nn.Module):
    """From actions to what the drives are told, for any number of robots."""

    default_dof_pos: torch.Tensor

    def __init__(self, scale: float, clip: float, target: str, default_dof_pos: torch.Tensor) -> None:
        """Declare the meaning.

        Args:
            scale: rad (N m) of a unit action.
            clip: bound of an action.
            target: `POSITION`: joint target = scale * action + default angle; `TORQUE`: torque = scale * action.
            default_dof_pos: joint targets at zero action [D], rad.
        """
        super().__init__()
        self.scale, self.clip, self.target = scale, clip, target
        self.register_buffer("default_dof_pos", default_dof_pos)

    def clipped(self, actions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Actions [N, D] within their bound."""
        return torch.clamp(actions, -self.clip, self.clip, out=out)

    def joint_targets(self, actions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """What the drives are told [N, D] for clipped actions [N, D]: rad as the encoders count, or N m."""
        if self.target == TORQUE:
            return torch.mul(actions, self.scale, out=out)
        return torch.add(self.default_dof_pos, actions, alpha=self.scale, out=out)
