"""Targets that are a few physics substeps under way before the drives follow them."""

import torch
from torch import Tensor


class LateTargets:
    """What the drives of N robots are told in each substep: the targets before, until the new ones are there.

    Static tensors and no branch, so that both an engine's graph and torch's can hold it.
    """

    def __init__(self, num_envs: int, servos: Tensor) -> None:
        """Begin at zero.

        Args:
            num_envs: number N of robots.
            servos: 1 for each joint whose target is its angle, 0 for one that is told a speed or a torque [D].
        """
        self._servos = servos
        self.sent = torch.zeros(num_envs, len(servos), device=servos.device)
        """Targets of this control step [N, D], rad (rad/s, N m)."""
        self.earlier = torch.zeros_like(self.sent)
        """Targets of the one before [N, D]; after a reset those that hold its pose."""
        self.late = torch.zeros(num_envs, dtype=torch.int32, device=servos.device)
        """Substeps until this step's targets are there [N]; none are left at zero or below."""

    def send(self, targets: Tensor, delay: Tensor | None) -> None:
        """Begin a control step.

        Args:
            targets: new targets [N, D].
            delay: substeps that they are under way, at most those of a control step [N]; None: none.
        """
        self.earlier.copy_(self.sent)
        self.sent.copy_(targets)
        if delay is None:
            self.late.zero_()
        else:
            self.late.copy_(delay)

    def pass_substep(self) -> Tensor:
        """The targets that hold in the next substep [N, D]."""
        targets = torch.where(self.late[:, None] > 0, self.earlier, self.sent)
        self.late.sub_(1)
        return targets

    def reset(self, mask: Tensor, dof_pos: Tensor) -> None:
        """Forget what was sent to the robots in `mask` [N] bool, whose joints now are at `dof_pos` [N, D], rad."""
        self.sent.copy_(torch.where(mask[:, None], dof_pos * self._servos, self.sent))
