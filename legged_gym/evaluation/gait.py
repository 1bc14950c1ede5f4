"""How a quadruped's feet move: which of them are on the ground, together or at all, and how often they touch down."""

import torch

PAIRS = {"diagonal": ((0, 3), (1, 2)), "lateral": ((0, 2), (1, 3)), "transverse": ((0, 1), (2, 3))}
"""Pairs of feet in the order FL, FR, RL, RR. Which of them agree tells a trot from a pace and a bound; in hops on all
fours all do."""
NUM_FEET = 4
MOVING = 0.1
"""Norm of the velocity command above which a robot is told to move (m/s and rad/s)."""


class GaitRecord:
    """Sums over the steps of N quadrupeds that are told to move, kept on the device."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self._sums = torch.zeros(num_envs, 3 + len(PAIRS) + 2 * NUM_FEET, device=device)
        """Steps; touch-downs of a foot, mean over the feet; steps without a foot on the ground, those in which the feet
        of `PAIRS` agree, means over two pairs, and those with each foot there; the vertical force on each, N."""

    def add(
        self,
        contact: torch.Tensor,
        touch_down: torch.Tensor,
        force: torch.Tensor,
        command: torch.Tensor,
        going: torch.Tensor,
    ) -> None:
        """Take in a step.

        Args:
            contact: feet on the ground at this or the last step [N, 4] bool: each stance counts as one step longer.
            touch_down: feet that came to it with this step [N, 4] bool.
            force: of the ground on the feet, upwards [N, 4], N.
            command: velocity commands [N, 3].
            going: robots whose episode goes on [N] bool.
        """
        on_ground = contact.float()
        step, airborne = torch.ones_like(self._sums[:, 0]), 1.0 - on_ground.amax(dim=1)
        same = (torch.stack([contact[:, a] == contact[:, b] for a, b in pairs]) for pairs in PAIRS.values())
        agree = [pairs.float().mean(dim=0) for pairs in same]
        counts = torch.stack((step, touch_down.float().mean(dim=1), airborne, *agree, *on_ground.T, *force.T), dim=1)
        moving = torch.linalg.vector_norm(command, dim=1) > MOVING
        self._sums += counts * (moving & going)[:, None]

    def figures(self, dt: float) -> dict[str, float]:
        """Shares of the steps and a frequency; nothing if no robot had to move.

        `diagonal_agreement`, `lateral_agreement` and `transverse_agreement`, see `PAIRS`; `stride_frequency`, Hz;
        `flight`, without a foot on the ground; `least_duty` and `most_duty`, of the feet that are least and most of the
        time there, far apart where a robot limps; `least_load`, share of its weight on the foot that bears least.

        Args:
            dt: control step, s.
        """
        steps, touch_downs, airborne, *further = self._sums.double().sum(dim=0).tolist()
        if not steps:
            return {}
        agreements, on_ground, forces = further[: len(PAIRS)], further[len(PAIRS) : -NUM_FEET], further[-NUM_FEET:]
        return {
            **{f"{name}_agreement": steps_agreed / steps for name, steps_agreed in zip(PAIRS, agreements, strict=True)},
            "stride_frequency": touch_downs / (steps * dt),
            "flight": airborne / steps,
            "least_duty": min(on_ground) / steps,
            "most_duty": max(on_ground) / steps,
            "least_load": min(forces) / (sum(forces) or 1.0),
        }
