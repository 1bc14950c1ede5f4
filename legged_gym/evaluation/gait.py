"""How a quadruped's feet move: which of them are on the ground together, and how often each of them touches down."""

import torch

DIAGONALS = ((0, 3), (1, 2))
"""Pairs of feet in the order FL, FR, RL, RR."""
NUM_FEET = 4
MOVING = 0.1
"""Norm of the velocity command above which a robot is told to move (m/s and rad/s)."""


class GaitRecord:
    """Sums over the steps of N quadrupeds that are told to move, kept on the device."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self._sums = torch.zeros(num_envs, 3, device=device)
        """Steps, those in which diagonal feet agree, and touch-downs of a foot; means over the pairs and the feet."""

    def add(self, contact: torch.Tensor, touch_down: torch.Tensor, command: torch.Tensor, going: torch.Tensor) -> None:
        """Take in a step.

        Args:
            contact: feet on the ground [N, 4] bool.
            touch_down: feet that came to it with this step [N, 4] bool.
            command: velocity commands [N, 3].
            going: robots whose episode goes on [N] bool.
        """
        agree = torch.stack([contact[:, a] == contact[:, b] for a, b in DIAGONALS], dim=1)
        step = torch.ones_like(self._sums[:, 0])
        counts = torch.stack((step, agree.float().mean(dim=1), touch_down.float().mean(dim=1)), dim=1)
        moving = torch.linalg.vector_norm(command, dim=1) > MOVING
        self._sums += counts * (moving & going)[:, None]

    def figures(self, dt: float) -> dict[str, float]:
        """`diagonal_agreement`, a share of the steps, and `stride_frequency`, Hz; nothing if no robot had to move.

        Args:
            dt: control step, s.
        """
        steps, agreement, touch_downs = self._sums.double().sum(dim=0).tolist()
        if not steps:
            return {}
        return {"diagonal_agreement": agreement / steps, "stride_frequency": touch_downs / (steps * dt)}
