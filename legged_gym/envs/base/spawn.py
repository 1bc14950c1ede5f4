"""Where and how episodes begin."""

import math

import torch

from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import quat_from_rpy, quat_from_yaw, uniform

HALF_ROBOT = 0.5
"""From the base to the farthest part of a robot along the ground, m."""
BASE_TOP = 0.15
"""From the base to the highest part of a robot, m."""


class Spawn:
    """Random initial states on given tile origins."""

    def __init__(
        self,
        cfg: LeggedRobotCfg,
        terrain: Terrain,
        height_sampler: HeightSampler,
        default_dof_pos: torch.Tensor,
        dof_pos_limits: torch.Tensor,
        num_envs: int,
        dof_names: list[str],
    ) -> None:
        """Allocate the states.

        Raises:
            UserError: a key of `init_state.dof_pos_noise` names no joint, or a robot would begin inside a ceiling or
                over a hole.
        """
        self.cfg = cfg.init_state
        self._require_headroom(terrain)
        self._require_ground(terrain)
        self.height_sampler = height_sampler
        self.default_dof_pos = default_dof_pos
        self.dof_pos_limits = dof_pos_limits
        device = default_dof_pos.device
        self.root_states = torch.zeros(num_envs, 13, device=device)
        self.dof_pos = torch.zeros(num_envs, len(default_dof_pos), device=device)
        self.dof_vel = torch.zeros_like(self.dof_pos)
        self._position = torch.tensor(self.cfg.pos, device=device)
        self._dof_pos_noise = torch.zeros(len(default_dof_pos), device=device)
        for key, noise in self.cfg.dof_pos_noise.items():
            chosen = [key in name for name in dof_names]
            if not any(chosen):
                raise UserError(f"init_state.dof_pos_noise: no joint has {key!r} in its name: {', '.join(dof_names)}")
            self._dof_pos_noise[torch.tensor(chosen, device=device)] = noise

    def draw(self, origins: torch.Tensor) -> None:
        """Draw a state for every environment: upright or nearly so, any heading, near its tile's origin [N, 3].

        The base stands over the highest ground under its footprint, so that no part begins inside an obstacle and is
        thrown out by the contact solver.
        """
        n, device, cfg = len(origins), origins.device, self.cfg
        noise = uniform((n, 2), -cfg.position_noise, cfg.position_noise, device)
        self.root_states[:, :2] = origins[:, :2] + self._position[:2] + noise
        self.root_states[:, 2] = self.height_sampler.sample_max(self.root_states[:, :2]) + self._position[2]
        yaw = self._draw_yaw(n, device)
        if cfg.tilt_noise > 0.0:
            roll, pitch = uniform((2, n), -cfg.tilt_noise, cfg.tilt_noise, device)
            self.root_states[:, 3:7] = quat_from_rpy(roll, pitch, yaw)
        else:
            self.root_states[:, 3:7] = quat_from_yaw(yaw)
        self.root_states[:, 7:13] = uniform((n, 6), -cfg.velocity_noise, cfg.velocity_noise, device)
        factor = uniform(tuple(self.dof_pos.shape), cfg.dof_pos_factor[0], cfg.dof_pos_factor[1], device)
        dof_pos = self.default_dof_pos * factor
        if cfg.dof_pos_noise:
            dof_pos += uniform(tuple(dof_pos.shape), -self._dof_pos_noise, self._dof_pos_noise, device)
        torch.clamp(dof_pos, self.dof_pos_limits[:, 0], self.dof_pos_limits[:, 1], out=self.dof_pos)

    def _draw_yaw(self, n: int, device: torch.device) -> torch.Tensor:
        """Headings [n], rad."""
        return uniform((n,), -math.pi, math.pi, device)

    def _require_headroom(self, terrain: Terrain) -> None:
        x, y, z = self.cfg.pos
        room = terrain.headroom(max(abs(x), abs(y)) + self.cfg.position_noise + HALF_ROBOT)
        level, column = divmod(int(room.argmin()), terrain.num_types)
        if room[level, column] < z + BASE_TOP:
            raise UserError(
                f"terrain type {terrain.type_names[column]!r}, level {level}: a ceiling {room[level, column]:.3g} m up "
                f"over the place where robots begin, {z:g} m up (init_state.pos): leave {z + BASE_TOP:.3g} m there"
            )

    def _require_ground(self, terrain: Terrain) -> None:
        x, y, _ = self.cfg.pos
        reach = max(abs(x), abs(y)) + self.cfg.position_noise
        holes = terrain.bottomless(reach)
        if holes.any():
            level, column = divmod(int(holes.argmax()), terrain.num_types)
            raise UserError(
                f"terrain type {terrain.type_names[column]!r}, level {level}: a hole where robots begin, up to "
                f"{reach:g} m from the middle (init_state.position_noise): use a larger terrain.platform_size"
            )
