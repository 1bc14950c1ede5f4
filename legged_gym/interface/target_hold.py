"""Joint targets that ask no more of their drives than a torque."""

import torch
from torch import nn


class TargetHold(nn.Module):
    """Holds joint targets where stiffness * (target - angle) - damping * speed is within +- a torque, in this pose."""

    stiffness: torch.Tensor
    damping: torch.Tensor

    def __init__(self, stiffness: torch.Tensor, damping: torch.Tensor, max_torque: float) -> None:
        """Set the drives.

        Args:
            stiffness: gains [D], N m/rad.
            damping: gains [D], N m s/rad.
            max_torque: N m.
        """
        super().__init__()
        self.max_torque = max_torque
        self.register_buffer("stiffness", stiffness)
        self.register_buffer("damping", damping)

    def forward(self, targets: torch.Tensor, dof_pos: torch.Tensor, dof_vel: torch.Tensor) -> torch.Tensor:
        """Targets within their bounds [N, D], rad.

        Args:
            targets: [N, D], rad.
            dof_pos: joint angles now [N, D], rad.
            dof_vel: joint speeds now [N, D], rad/s.
        """
        still = dof_pos + self.damping * dof_vel / self.stiffness
        reach = self.max_torque / self.stiffness
        return torch.minimum(torch.maximum(targets, still - reach), still + reach)
