"""The way across a tile: a line through its middle along x or y, a point on it to go to, and how far one has come."""

import torch

from legged_gym.terrain.ways import LOOKAHEAD, STRIDE


class Crossing:
    """Ways of N robots; tensors stay in place. Those of robots on ordinary ground mean nothing."""

    def __init__(self, num_envs: int, device: torch.device) -> None:
        self.active = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Robots that have a tile to cross [N]."""
        self.way = torch.zeros(num_envs, 2, device=device)
        """Direction of the line, along +-x or +-y of the world [N, 2]."""
        self.direction = torch.zeros(num_envs, 2, device=device)
        """Unit vector from the robot to the point ahead of it on the line, world axes [N, 2]."""
        self.covered = torch.zeros(num_envs, device=device)
        """Farthest way from the tile's middle in this episode, m [N]."""
        self.idle_for = torch.zeros(num_envs, device=device)
        """Time since it last grew by `STRIDE`, s [N]."""

    def begin(self, mask: torch.Tensor, active: torch.Tensor, heading: torch.Tensor, offset: torch.Tensor) -> None:
        """Choose new ways: of the four the one that a robot already faces.

        Args:
            mask: robots that begin an episode [N] bool.
            active: which of them have a tile to cross [N] bool.
            heading: unit vectors [N, 2].
            offset: place from the middle of their tiles [N, 2], m.
        """
        along_x = heading[:, 0].abs() >= heading[:, 1].abs()
        way = torch.stack((along_x, ~along_x), dim=1) * heading.sign()
        self.active.copy_(torch.where(mask, active, self.active))
        self.way.copy_(torch.where(mask[:, None], way, self.way))
        self.covered.copy_(torch.where(mask, (offset * way).sum(dim=1), self.covered))
        self.idle_for.masked_fill_(mask, 0.0)

    def look(self, offset: torch.Tensor) -> None:
        """Take in where the robots are, relative to the middle of their tiles [N, 2], m."""
        left = torch.stack((-self.way[:, 1], self.way[:, 0]), dim=1)
        lateral = (offset * left).sum(dim=1, keepdim=True)
        ahead = LOOKAHEAD * self.way - lateral * left
        self.direction.copy_(ahead / torch.linalg.vector_norm(ahead, dim=1, keepdim=True))

    def advance(self, offset: torch.Tensor, dt: float) -> None:
        """Let a step of `dt` s pass, at the end of which the robots are at `offset` [N, 2], m."""
        along = (offset * self.way).sum(dim=1)
        further = along > self.covered + STRIDE
        self.covered.copy_(torch.where(further, along, self.covered))
        self.idle_for.add_(dt).masked_fill_(further, 0.0)
