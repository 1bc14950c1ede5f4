"""Faults of a robot's map of kinds that no student has met in training."""

import numpy as np
import torch

from legged_gym.terrain.terrain import Terrain
from studies.belief.jobs import Jobs

FILL = 0.5
"""A dropped cell reads a height within +- this of the foot, m."""


class MapFaults:
    """Corrupts the height samples of N environments in place.

    Offsets and dropped cells are drawn once for every cell of the map: they stay where they are as a robot walks over
    them, so that no averaging over time removes them.
    """

    def __init__(self, terrain: Terrain, samples: torch.Tensor) -> None:
        """Draw the cells.

        Args:
            terrain: the map.
            samples: buffer of the height samples [N, F, P], whose like is kept.
        """
        rng = np.random.default_rng(0)
        device, shape = samples.device, terrain.heights.shape
        self._offsets = torch.from_numpy(rng.standard_normal(shape, dtype=np.float32)).to(device)
        self._ranks = torch.from_numpy(rng.random(shape, dtype=np.float32)).to(device)
        self._origin = torch.tensor(terrain.origin_xy, dtype=torch.float32, device=device)
        self._cell = terrain.horizontal_scale
        self._last = torch.tensor(shape, device=device) - 1
        self._held = torch.zeros_like(samples)

    def apply(self, heights: torch.Tensor, points: torch.Tensor, step: torch.Tensor, jobs: Jobs) -> None:
        """Corrupt what the map says.

        Args:
            heights: samples relative to the foot [N, F, P], m; changed in place.
            points: where they were read [N, F, P, 2], m.
            step: age of each episode, control steps [N].
            jobs: those of the environments.
        """
        index = ((points - self._origin) / self._cell).round().long().clamp(min=0).minimum(self._last)
        x, y = index.unbind(dim=-1)
        offset, dropped, drift = (value[:, None, None] for value in (jobs.cell_offset, jobs.dropped, jobs.drift))
        heights += offset * self._offsets[x, y]
        heights += drift * (step - jobs.switch_step).clamp(min=0)[:, None, None]
        rank = self._ranks[x, y]
        # Uniform below the share of dropped cells, a rank is itself the random number that fills the cell.
        fill = FILL * (2.0 * rank / dropped.clamp(min=1.0e-6) - 1.0)
        heights.copy_(torch.where(rank < dropped, fill, heights))
        due = torch.remainder(step, jobs.refresh_period) < 1.0
        self._held.copy_(torch.where(due[:, None, None], heights, self._held))
        heights.copy_(self._held)
