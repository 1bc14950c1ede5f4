"""The obstacles before N robots, and the one that each is engaged with."""

import torch

from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import BLOCKS, Box, Obstacle, plans
from legged_gym.terrain.ways import BEHIND

KINDS = ("none", *BLOCKS)
"""Kinds of obstacle in the order of their indicators."""
OBSTACLE_WIDTH = 3 + len(KINDS)
"""Columns of `Course.obstacle`."""
VIEW = 2.0
"""Obstacles further off are seen at this distance, m."""
NOWHERE: Box = (torch.inf, -torch.inf, torch.inf, -torch.inf, torch.inf, -torch.inf)
"""A box that nothing is in."""


class Course:
    """What stands on each robot's tile; tensors stay in place."""

    def __init__(self, terrain: Terrain, num_envs: int, device: torch.device) -> None:
        """Copy the plan of a map to the device."""
        tiles = [obstacles for level in plans(terrain) for obstacles in level]
        most = max(map(len, tiles))
        filled = [[*obstacles, *[None] * (most + 1 - len(obstacles))] for obstacles in tiles]  # none is the last
        num_boxes = max([1, *(len(obstacle.boxes()) for obstacles in tiles for obstacle in obstacles)])
        rows = [[_row(each) for each in tile] for tile in filled]
        boxes = [[_boxes(each, num_boxes) for each in tile] for tile in filled]
        self._rows = torch.tensor(rows, dtype=torch.float32, device=device)
        """First face, last face, and what `obstacle` says of each obstacle of each tile."""
        self._boxes = torch.tensor(boxes, dtype=torch.float32, device=device)
        self._num_types = terrain.num_types
        self._tile = torch.zeros(num_envs, dtype=torch.long, device=device)
        self.obstacle = torch.zeros(num_envs, OBSTACLE_WIDTH, device=device)
        """The engaging obstacle [N, 8]: distance from the base to its first face, m; `KINDS` as indicators; its length
        along the track, m; its size, m. Without one: `VIEW`, none, 0, 0."""
        self.skill = torch.zeros(num_envs, len(KINDS), device=device)
        """What each robot is to do [N, K], indicators of `KINDS`: its obstacle's kind, also behind the last one."""
        self.boxes = torch.zeros(num_envs, num_boxes, 6, device=device)
        """What a robot must keep out of there [N, B, 6]: least and largest x, y, z, m, from the middle of its tile; as
        many as any obstacle of the map has."""

    def begin(self, mask: torch.Tensor, levels: torch.Tensor, types: torch.Tensor) -> None:
        """Put the robots in `mask` [N] bool on the tiles of these levels [N] and columns [N]."""
        self._tile.copy_(torch.where(mask, levels * self._num_types + types, self._tile))
        none = torch.zeros_like(self.skill)
        none[:, 0] = 1.0
        self.skill.copy_(torch.where(mask[:, None], none, self.skill))

    def look(self, along: torch.Tensor) -> None:
        """Find the obstacles that robots are engaged with: the first that each has not passed.

        Args:
            along: place of the bases along the track, from the middle of their tiles [N], m.
        """
        rows = self._rows[self._tile]
        engaging = (along[:, None] - BEHIND > rows[:, :, 1]).sum(dim=1)
        row = rows.gather(1, engaging[:, None, None].expand(-1, 1, rows.shape[2]))[:, 0]
        self.boxes.copy_(self._boxes[self._tile, engaging])
        self.obstacle[:, 0] = (row[:, 0] - along).clamp(max=VIEW)
        self.obstacle[:, 1:].copy_(row[:, 2:])
        kind = self.obstacle[:, 1 : 1 + len(KINDS)]
        self.skill.copy_(torch.where(kind[:, :1] > 0.5, self.skill, kind))


def _row(obstacle: Obstacle | None) -> list[float]:
    if obstacle is None:
        return [torch.inf, torch.inf, 1.0, *[0.0] * (OBSTACLE_WIDTH - 2)]
    kind = [float(name == obstacle.block) for name in KINDS]
    return [obstacle.start, obstacle.end, *kind, obstacle.length, obstacle.size]


def _boxes(obstacle: Obstacle | None, count: int) -> list[Box]:
    boxes = [] if obstacle is None else obstacle.boxes()
    return [*boxes, *[NOWHERE] * count][:count]
