"""Curricula: robots move between terrain levels, and the range of velocity commands widens."""

import torch

from legged_gym.envs.base.commands import LIN_VEL_X, Commands
from legged_gym.terrain.terrain import Terrain
from robust_parallel.saved import checked

MIN_COMMANDED_DISTANCE = 1.0
"""A robot that was asked to walk less than this, m, is not judged by its distance."""
MOST_STEPS = 1e12
"""Control steps of a training: centuries of them."""


class TerrainCurriculum:
    """Level and type of each environment's tile.

    Level: up when the robot has walked beyond its tile's edge, down when it has made less than
    half of the way it was commanded to (the way along the command, so that turning, slow and standing commands are
    no reason to be sent down); past the last level a random one. The type never changes.
    """

    def __init__(
        self, terrain: Terrain, num_envs: int, max_init_level: int, active: bool, device: torch.device
    ) -> None:
        """Spread the environments over the types, and over the levels up to `max_init_level`.

        Args:
            terrain: the map.
            num_envs: N.
            max_init_level: highest level at the start.
            active: move robots by their success; otherwise each episode has a random level.
            device: of all tensors.
        """
        self.active = active
        self.tile_origins = torch.as_tensor(terrain.env_origins, device=device)
        """Origins of the tiles in the world [levels, types, 3], m."""
        self.num_levels, num_types = self.tile_origins.shape[:2]
        highest = min(max_init_level + 1, self.num_levels) if active else self.num_levels
        self.levels = torch.randint(0, highest, (num_envs,), device=device)
        self.types = torch.arange(num_envs, device=device) * num_types // num_envs
        self.held = torch.zeros(num_envs, dtype=torch.bool, device=device)
        """Environments whose level rests [N]; see `hold`."""
        relief = torch.as_tensor(terrain.relief(), device=device)
        flattest = self.tile_origins[relief == relief.min()]
        self._flat_origins = flattest[torch.arange(num_envs, device=device) % len(flattest)]
        self.on_flat_ground = torch.zeros((), dtype=torch.bool, device=device)
        """Whether episodes begin on the map's flattest tiles, and levels rest."""
        self.commanded_distance = torch.zeros(num_envs, device=device)
        """Way commanded in this episode, m [N]."""
        self.progress = torch.zeros(num_envs, device=device)
        """Way made along the commands in this episode, m [N]."""

    def origins(self) -> torch.Tensor:
        """Origin of each environment's tile [N, 3], m."""
        return torch.where(self.on_flat_ground, self._flat_origins, self.tile_origins[self.levels, self.types])

    def record(self, command: torch.Tensor, velocity: torch.Tensor, dt: float) -> None:
        """Add one step's way: planar command and velocity [N, 2] in the base frame, m/s."""
        speed = torch.linalg.vector_norm(command, dim=1)
        along = (command * velocity).sum(dim=1) / speed.clamp(min=1.0e-6)
        self.commanded_distance += speed * dt
        self.progress += along * dt

    def restore(self, levels: torch.Tensor, types: torch.Tensor) -> None:
        """Take up saved levels [M], spread over these environments; types, which never change, are those of this map.

        So robots stand on all of its columns, even where one alone was saved, as by a trainer without robots.

        Raises:
            ValueError: a tile is not on the map.
        """
        self.levels.copy_(self._spread("terrain_levels", levels, self.levels, 0))
        self._spread("terrain_types", types, self.types, 1)

    def _spread(self, name: str, saved: torch.Tensor, own: torch.Tensor, axis: int) -> torch.Tensor:
        """Saved numbers of tiles [M] along an axis of the map for these environments, of which each has its own [N].

        Raises:
            ValueError: one is not on the map.
        """
        saved = checked(name, saved, own, 0, self.tile_origins.shape[axis] - 1, any_length=True)
        return saved[torch.arange(len(own), device=own.device) * len(saved) // len(own)]

    def hold(self, env: int, level: int, column: int) -> None:
        """Keep an environment on a tile from its next reset on (watching)."""
        self.levels[env], self.types[env], self.held[env] = level, column, True

    def update(self, ended: torch.Tensor, up: torch.Tensor, must_leave: torch.Tensor | None = None) -> None:
        """Choose the levels of the environments whose episode ended.

        Args:
            ended: [N] bool.
            up: those that were beyond their tile's edge at the end [N] bool.
            must_leave: those that are sent down if they were not [N] bool; None: nobody.
        """
        random_level = torch.randint_like(self.levels, self.num_levels)
        if self.active:
            moved = (self.levels + up.long() - self._failed(up, must_leave).long()).clamp(min=0)
            fresh = torch.where(moved >= self.num_levels, random_level, moved)
        else:
            fresh = random_level
        self.levels.copy_(torch.where(self._moving(ended), fresh, self.levels))

    def _moving(self, ended: torch.Tensor) -> torch.Tensor:
        """Environments in `ended` [N] bool that may get another tile."""
        return ended & ~self.on_flat_ground & ~self.held

    def _failed(self, up: torch.Tensor, must_leave: torch.Tensor | None) -> torch.Tensor:
        """Robots that an end of their episode now would send down [N] bool; arguments as of `update`."""
        asked = self.commanded_distance > MIN_COMMANDED_DISTANCE
        failed = asked & (self.progress < 0.5 * self.commanded_distance) & ~up
        return failed if must_leave is None else failed | (must_leave & ~up)

    def begin(self, fresh: torch.Tensor) -> None:
        """Measure the ways of the environments that begin an episode [N] bool anew."""
        self.commanded_distance.masked_fill_(fresh, 0.0)
        self.progress.masked_fill_(fresh, 0.0)


class CommandCurriculum:
    """Widens the forward velocity range when the robots track it: by 0.5 m/s, at most once an episode's length."""

    STEP = 0.5
    THRESHOLD = 0.8

    def __init__(self, commands: Commands, max_velocity: float, period: int, device: torch.device) -> None:
        """Watch `commands`.

        Args:
            commands: whose range is widened.
            max_velocity: bound of the range, m/s.
            period: control steps between two decisions.
            device: of all tensors.
        """
        self.commands = commands
        self.max_velocity = max_velocity
        self.period = period
        self.steps = torch.zeros((), dtype=torch.long, device=device)

    def restore(self, steps: torch.Tensor) -> None:
        """Take up the saved number of steps.

        Raises:
            ValueError: it is none.
        """
        self.steps.copy_(checked("command_curriculum_steps", steps, self.steps, 0, MOST_STEPS))

    def update(self, ended: torch.Tensor, tracking: torch.Tensor) -> None:
        """Widen if due.

        Args:
            ended: environments [N] bool whose episode ended.
            tracking: their mean tracking reward relative to its maximum [N], 0..1.
        """
        self.steps += 1
        count = ended.sum()
        mean = torch.where(ended, tracking, 0.0).sum() / count.clamp(min=1)
        widen = (count > 0) & (mean > self.THRESHOLD) & (self.steps % self.period == 0)
        bounds = self.commands.ranges[LIN_VEL_X]
        step = torch.stack((-self.STEP * widen, self.STEP * widen))
        bounds.copy_((bounds + step).clamp(-self.max_velocity, self.max_velocity))
