"""How a quadruped's feet move: which of them are on the ground, together or at all, and how often they touch down."""

import torch

DIAGONALS = ((0, 3), (1, 2))
"""Pairs of feet in the order FL, FR, RL, RR."""
NUM_FEET = 4
MOVING = 0.1
"""Norm of the velocity command above which a robot is told to move (m/s and rad/s)."""


class GaitRecord:
    """Sums over the steps of N quadrupeds that are told to move, kept on the device."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self._sums = torch.zeros(num_envs, 4 + NUM_FEET, device=device)
        """Steps; those in which diagonal feet agree, and touch-downs of a foot, means over pairs and feet; those
        without a foot on the ground, and with each of them there."""

    def add(self, contact: torch.Tensor, touch_down: torch.Tensor, command: torch.Tensor, going: torch.Tensor) -> None:
        """Take in a step.

        Args:
            contact: feet on the ground [N, 4] bool.
            touch_down: feet that came to it with this step [N, 4] bool.
            command: velocity commands [N, 3].
            going: robots whose episode goes on [N] bool.
        """
        agree = torch.stack([contact[:, a] == contact[:, b] for a, b in DIAGONALS], dim=1)
        on_ground = contact.float()
        step, airborne = torch.ones_like(self._sums[:, 0]), 1.0 - on_ground.amax(dim=1)
        counts = torch.stack((step, agree.float().mean(dim=1), touch_down.float().mean(dim=1), airborne), dim=1)
        counts = torch.cat((counts, on_ground), dim=1)
        moving = torch.linalg.vector_norm(command, dim=1) > MOVING
        self._sums += counts * (moving & going)[:, None]

    def figures(self, dt: float) -> dict[str, float]:
        """Shares of the steps and a frequency; nothing if no robot had to move.

        `diagonal_agreement`; `stride_frequency`, Hz; `flight`, without a foot on the ground; `least_duty` and
        `most_duty`, of the feet that are least and most of the time there: far apart where a robot limps.

        Args:
            dt: control step, s.
        """
        steps, agreement, touch_downs, airborne, *on_ground = self._sums.double().sum(dim=0).tolist()
        if not steps:
            return {}
        return {
            "diagonal_agreement": agreement / steps,
            "stride_frequency": touch_downs / (steps * dt),
            "flight": airborne / steps,
            "least_duty": min(on_ground) / steps,
            "most_duty": max(on_ground) / steps,
        }
