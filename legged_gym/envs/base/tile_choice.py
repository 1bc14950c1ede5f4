"""Tiles drawn by how robots fare on them, in the place of legged_gym's rule of one level up or down."""

from typing import Annotated, Any

import torch

from legged_gym.config.fields import OneOf, Share
from legged_gym.envs.base.curriculum import TerrainCurriculum
from legged_gym.terrain.terrain import Terrain

FAST, SLOW = 0.05, 0.01
"""Weight of an episode in the running success of its cell, and in the slower one that progress is measured against."""
PASSED = 0.5
"""Success of a level from which the next one is open, where failures are sought."""


class TileChoiceCfg:
    """Section `tile_choice` of a task whose robots are put where they learn most."""

    by: Annotated[str, OneOf("failure", "learnability", "progress")] = "learnability"
    """What draws robots to a cell, a level of a terrain type with running success p: `failure`, 1 - p, on levels whose
    easier ones succeed in half of the cases; `learnability`, p (1 - p); `progress`, how much p has changed of late."""
    uniform_share: Share = 0.1
    """Share of the episodes on any tile, so that nothing is forgotten and every p is known."""
    random_sizes: bool = False
    """Sizes of a level spread over all up to the next one, another one on each tile."""


class TileChoice(TerrainCurriculum):
    """Draws level and type of each new episode by the success of episodes on each cell so far.

    A cell is a level of a terrain type. An episode succeeded if the robot left its tile, and failed where legged_gym's
    rule sends it down; others do not count. Everything is masked and in place, and nothing waits for the device.
    """

    def __init__(
        self, terrain: Terrain, num_envs: int, max_init_level: int, cfg: Any, active: bool, device: torch.device
    ) -> None:
        """Begin without knowledge.

        Args:
            terrain: the map.
            num_envs: N.
            max_init_level: highest level at the start.
            cfg: section `TileChoiceCfg`.
            active: otherwise each episode has a random level.
            device: of all tensors.
        """
        super().__init__(terrain, num_envs, max_init_level, active, device)
        self._by, self._uniform_share = cfg.by, cfg.uniform_share
        kinds = list(dict.fromkeys(terrain.type_names))
        self.kind_of = torch.tensor([kinds.index(name) for name in terrain.type_names], device=device)
        """Terrain type of each column [types]."""
        prior = 0.0 if cfg.by == "failure" else 0.5
        self.success = torch.full((self.num_levels, len(kinds)), prior, device=device)
        """Running success p of each cell [levels, K]."""
        self.earlier_success = self.success.clone()
        """The same, slower."""

    def update(self, ended: torch.Tensor, up: torch.Tensor, must_leave: torch.Tensor | None = None) -> None:
        if not self.active:
            super().update(ended, up, must_leave)
            return
        moving = self._moving(ended)
        judged = moving & (up | self._failed(up, must_leave))
        self._learn(judged, up)
        levels, types = self._draw(len(ended))
        self.levels.copy_(torch.where(moving, levels, self.levels))
        self.types.copy_(torch.where(moving, types, self.types))

    def restore(self, levels: torch.Tensor, types: torch.Tensor) -> None:
        """As the base's, and saved types, which episodes have drawn."""
        super().restore(levels, types)
        self.types.copy_(self._spread("terrain_types", types, self.types, 1))

    def _learn(self, judged: torch.Tensor, succeeded: torch.Tensor) -> None:
        """Take in episodes [N] bool: each moves the success of its cell by a share of the way."""
        num_kinds = self.success.shape[1]
        cell = self.levels * num_kinds + self.kind_of[self.types]
        counts = torch.zeros(2, self.success.numel(), device=self.success.device)
        counts.index_add_(1, cell, torch.stack((judged, judged & succeeded)).float())
        episodes, successes = counts.view(2, *self.success.shape)
        rate = successes / episodes.clamp(min=1.0)
        for running, weight in ((self.success, FAST), (self.earlier_success, SLOW)):
            running.lerp_(rate, 1.0 - (1.0 - weight) ** episodes)

    def shares(self) -> torch.Tensor:
        """Probability of each tile [levels, types]; cells that are alike share by their columns on the map."""
        p = self.success
        if self._by == "failure":
            open_levels = torch.cat((torch.ones_like(p[:1]), (p[:-1] >= PASSED).float().cumprod(dim=0)))
            drawing = (1.0 - p) * open_levels
        elif self._by == "learnability":
            drawing = p * (1.0 - p)
        else:
            drawing = (p - self.earlier_success).abs()
        drawing = drawing[:, self.kind_of] + 1.0e-6
        uniform = 1.0 / drawing.numel()
        return torch.lerp(drawing / drawing.sum(), torch.full_like(drawing, uniform), self._uniform_share)

    def _draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Levels and type columns of `count` episodes."""
        bounds = self.shares().flatten().cumsum(dim=0)
        chance = torch.rand(count, device=bounds.device) * bounds[-1]
        tile = torch.searchsorted(bounds, chance, right=True).clamp(max=len(bounds) - 1)
        num_types = len(self.kind_of)
        return torch.div(tile, num_types, rounding_mode="floor"), tile % num_types
