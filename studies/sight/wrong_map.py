"""A map that is wrong for each robot in its own way, in the place of the sampler that all its sensors read."""

import math
from collections.abc import Sequence

import numpy as np
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.interface.history import begin, push
from legged_gym.terrain.height_sampler import HeightSampler, VertexSampler
from legged_gym.utils.math import heading_vector
from studies.sight.controls import Control


class WrongMap(HeightSampler):
    """Looks points up where another pose has them: that of another robot, or the robot's own of a while ago.

    A point is taken relative to the base, displaced as the control says, and read as far from the other pose; what is
    read is relative to the height of that pose. All of it is masks and stays in place, so it can be captured.
    """

    def __init__(self, env: LeggedRobot, controls: Sequence[Control], partners: torch.Tensor) -> None:
        """Lay out the controls of N robots.

        Args:
            env: the robots, on a map.
            controls: of each robot.
            partners: the robots [N] whose ground those with a swapped map see; of others not read.
        """
        device, n = env.device, env.num_envs
        super().__init__(env.terrain, device)
        self._root = env.root_states
        self._conjugate = torch.tensor([1.0, -1.0], device=device)

        def column(name: str, scale: float = 1.0) -> torch.Tensor:
            return torch.tensor([scale * getattr(control, name) for control in controls], device=device)

        own = torch.arange(n, device=device)
        self._source_of = torch.where(column("swapped") > 0.0, partners, own)
        self._frozen = column("frozen") > 0.0
        self._delay = column("delay", 1.0 / env.dt).round().long()
        self._period = column("period", 1.0 / env.dt).clamp(min=1.0)
        ahead = 1.0 - column("blank")
        self._factor = torch.stack((ahead, ahead * (1.0 - column("mirrored", 2.0))), dim=1)
        self._shift = torch.stack((column("shift"), torch.zeros(n, device=device)), dim=1)
        self._holes = column("holes")
        rank = np.random.default_rng(0).random(env.terrain.heights.shape, dtype=np.float32)
        self._rank = VertexSampler(rank, env.terrain, device)
        length = int(self._delay.max()) + math.ceil(float(self._period.max()))
        self._past = torch.zeros(n, length, 5, device=device)
        """Poses at the ends of the last control steps, newest first: position, m, and heading [N, K, 5]."""
        self._start = torch.zeros(n, 5, device=device)
        self._age = torch.zeros(n, dtype=torch.long, device=device)
        """Of the present map, control steps [N]."""
        self._source = torch.zeros(n, 5, device=device)
        """The pose that each robot's map is around [N, 5]."""

    def advance(self, fresh: torch.Tensor, step: torch.Tensor) -> None:
        """Let a control step pass.

        Args:
            fresh: robots that begin an episode [N] bool.
            step: age of each episode, control steps [N].
        """
        now = torch.cat((self._root[:, :3], heading_vector(self._root[:, 3:7])), dim=1)
        self._past.copy_(begin(fresh, now, push(now, self._past)))
        self._start.copy_(torch.where(fresh[:, None], now, self._start))
        due = fresh | (torch.remainder(step, self._period) < 1.0)
        self._age.copy_(torch.where(due, self._delay, self._age + 1))
        late = self._past.gather(1, self._age[:, None, None].expand(-1, 1, 5))[:, 0]
        seen = torch.where(self._frozen[:, None], self._start, late)
        self._source.copy_(seen[self._source_of])

    def sample(self, points: torch.Tensor) -> torch.Tensor:
        """What the map says of world points [N, ..., 2], m: heights [N, ...], m."""
        flat = points.reshape(len(points), -1, 2)
        source, heading = self._source, heading_vector(self._root[:, 3:7])
        ahead = _turned(flat - self._root[:, None, :2], heading * self._conjugate)
        ahead = ahead * self._factor[:, None] - self._shift[:, None]
        places = source[:, None, :2] + _turned(ahead, source[:, 3:])
        unknown = self._rank.sample(places) < self._holes[:, None]
        places = torch.where(unknown[..., None], source[:, None, :2], places)
        heights = super().sample(places) + (self._root[:, 2] - source[:, 2])[:, None]
        return heights.view(points.shape[:-1])


class Misled(LeggedRobot):
    """A robot whose sensors may be given a wrong map; goes before a task's class."""

    wrong_map: WrongMap | None = None

    def mislead(self, wrong_map: WrongMap) -> None:
        """Let all sensors of the ground read another map; before the first step."""
        self.wrong_map = wrong_map
        self.height_sampler = wrong_map
        if hasattr(self, "map_sampler"):
            self.map_sampler = wrong_map

    def _observe_eager(self) -> None:
        if self.wrong_map is not None:
            self.wrong_map.advance(self.reset_buf, self.episode_length_buf)
        super()._observe_eager()


def strangers(kinds: torch.Tensor, swapped: torch.Tensor) -> torch.Tensor:
    """For each robot another one at random whose map it may be given [N].

    Args:
        kinds: number of each robot's terrain type [N]; where there is more than one, the other robot's differs.
        swapped: the robots with a swapped map [N] bool, who have each other's. The rest get themselves.
    """
    own = torch.arange(len(kinds))
    group = own[swapped.cpu()]
    here = kinds.cpu()[group]
    others = here[:, None] != here[None, :] if len(here.unique()) > 1 else ~torch.eye(len(group), dtype=torch.bool)
    if len(group) > 1:
        own[group] = group[torch.multinomial(others.float(), 1)[:, 0]]
    return own.to(kinds.device)


def _turned(vectors: torch.Tensor, heading: torch.Tensor) -> torch.Tensor:
    """Vectors [N, K, 2] turned by the angle of unit headings [N, 2]."""
    (x, y), (c, s) = vectors.unbind(dim=2), heading[:, :, None].unbind(dim=1)
    return torch.stack((c * x - s * y, s * x + c * y), dim=2)
