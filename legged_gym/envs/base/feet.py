"""Contacts and swings of the feet."""

import torch

TOUCH = 1.0
"""Vertical force on a foot from which it is on the ground, N (legged_gym)."""
DUTY_TIME = 1.0
"""Time over which the share that a foot is on the ground is averaged, s: two or three strides."""


class Feet:
    """What is known of the feet of all robots from the forces on them, updated in place once a control step."""

    def __init__(self, num_envs: int, num_feet: int, dt: float, keeps_duty: bool, device: torch.device) -> None:
        """Begin with all feet off the ground.

        Args:
            num_envs: robots N.
            num_feet: feet F of each.
            dt: a control step, s.
            keeps_duty: keep `duty`; otherwise it is all ones.
            device: of the tensors.
        """
        self._dt, self._keeps_duty = dt, keeps_duty
        self.on_ground = torch.zeros(num_envs, num_feet, dtype=torch.bool, device=device)
        """Feet on the ground at this step [N, F]."""
        self.contact = torch.zeros_like(self.on_ground)
        """Feet on the ground at this or the last step [N, F] (the filter of a chattering contact)."""
        self.first_contact = torch.zeros_like(self.on_ground)
        """Feet that touched down at this step [N, F]."""
        self.air_time = torch.zeros_like(self.on_ground, dtype=torch.float)
        """Duration of the present swing [N, F], s."""
        self.duty = torch.ones_like(self.air_time)
        """Share of the time that each foot was on the ground, averaged over `DUTY_TIME` [N, F]."""

    def update(self, vertical_forces: torch.Tensor) -> None:
        """Take up the forces of a step [N, F], N."""
        on_ground = vertical_forces > TOUCH
        torch.logical_or(on_ground, self.on_ground, out=self.contact)
        self.on_ground.copy_(on_ground)
        torch.logical_and(self.air_time > 0.0, self.contact, out=self.first_contact)
        self.air_time.add_(self._dt)
        if self._keeps_duty:
            self.duty.lerp_(on_ground.float(), self._dt / DUTY_TIME)

    def end_swings(self) -> None:
        """Swings of the feet in contact are over; after the rewards, which read how long they were."""
        self.air_time.mul_(~self.contact)

    def begin(self, fresh: torch.Tensor) -> None:
        """Forget what was of the robots in `fresh` [N] bool."""
        self.air_time.masked_fill_(fresh[:, None], 0.0)
        self.on_ground.masked_fill_(fresh[:, None], False)
        if self._keeps_duty:
            self.duty.masked_fill_(fresh[:, None], 1.0)
