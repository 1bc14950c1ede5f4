"""A legged robot that tracks velocities on ordinary ground, and gets across where there is a way across."""

import torch

from legged_gym.envs.base.commands import LIN_VEL_X, Commands
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.sight.crossing import Crossing
from legged_gym.envs.sight.sight_commands import SightCommands
from legged_gym.envs.sight.sight_config import SightCfg
from legged_gym.terrain.height_sampler import VertexSampler
from legged_gym.terrain.tracks import TRACKS
from legged_gym.utils.math import heading_vector


class SightRobot(LeggedRobot):
    """One policy for both: the observations are the same, and the command is a velocity."""

    cfg: SightCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        self.crossing = Crossing(self.num_envs, self.device)
        self._has_way = torch.from_numpy(self.terrain.crossings()).to(self.device)
        self._is_track = torch.tensor([name in TRACKS for name in self.terrain.type_names], device=self.device)
        """Terrain types [K] whose way leads along +x alone."""
        self._along_x = torch.tensor([1.0, 0.0], device=self.device)
        self._edge_sampler = VertexSampler(self.terrain.edges(), self.terrain, self.device)

    def _make_commands(self) -> Commands:
        return SightCommands(self.cfg, self.num_envs, self.dt, self.device, self.crossing)

    # -- parts of the step -------------------------------------------------------------------------------------------

    def _read_sensors(self) -> None:
        super()._read_sensors()
        self.crossing.look(self._offset())

    def _advance_clocks(self) -> None:
        super()._advance_clocks()
        self.crossing.advance(self._offset(), self.dt)

    def _fallen(self) -> torch.Tensor:
        """As the base's, and robots that do not get on."""
        fallen = super()._fallen()
        idle = self.crossing.active & (self.crossing.idle_for > self.cfg.crossing.patience)
        torch.logical_and(idle, ~fallen, out=self.stuck)
        return fallen | self.stuck

    def _update_terrain_levels(self) -> None:
        must_leave = self.crossing.active & ~self._cut_short()
        self.terrain_curriculum.update(self.reset_buf, self.left_tile, must_leave)

    def _begin_episodes(self) -> None:
        super()._begin_episodes()
        curriculum, start = self.terrain_curriculum, self.spawn.root_states
        share = 0.0 if self.terrain.is_plane else self.cfg.crossing.share_elsewhere
        elsewhere = torch.rand(self.num_envs, device=self.device) < share
        active = (self._has_way[curriculum.types] | elsewhere) & ~curriculum.on_flat_ground
        active &= self.cfg.commands.heading_command  # a robot that is steered by hand has no way of its own
        offset = start[:, :2] - self.env_origins[:, :2]
        facing = heading_vector(start[:, 3:7])
        facing = torch.where(self._is_track[curriculum.types][:, None], self._along_x, facing)
        self.crossing.begin(self.reset_buf, active, facing, offset)

    def _offset(self) -> torch.Tensor:
        """Of the bases from the middle of their tiles [N, 2], m."""
        return self.root_states[:, :2] - self.env_origins[:, :2]

    # -- rewards -----------------------------------------------------------------------------------------------------

    def _progress(self) -> torch.Tensor:
        """Speed along the way as a share of the commanded one, at most 1 [N]."""
        along = (self.root_states[:, 7:9] * self.crossing.direction).sum(dim=1)
        return (along / self.commands[:, LIN_VEL_X].clamp(min=0.1)).clamp(max=1.0)

    def _style(self) -> torch.Tensor:
        """Factor of a robot on the rewards of its style [N]."""
        return 1.0 - (1.0 - self.cfg.rewards.style_on_crossings) * self.crossing.active

    def _reward_progress(self) -> torch.Tensor:
        """Way made towards the point ahead (Extreme Parkour, arXiv 2309.14341, section IV)."""
        return self._progress() * self.crossing.active

    def _reward_tracking_lin_vel(self) -> torch.Tensor:
        return super()._reward_tracking_lin_vel() * ~self.crossing.active

    def _reward_command_progress(self) -> torch.Tensor:
        return super()._reward_command_progress() * ~self.crossing.active

    def _reward_tracking_ang_vel(self) -> torch.Tensor:
        """On a crossing as far as the robot gets on: looking ahead must not pay for standing."""
        share = torch.where(self.crossing.active, self._progress().clamp(min=0.0), 1.0)
        return super()._reward_tracking_ang_vel() * share

    def _reward_lin_vel_z(self) -> torch.Tensor:
        return super()._reward_lin_vel_z() * self._style()

    def _reward_ang_vel_xy(self) -> torch.Tensor:
        return super()._reward_ang_vel_xy() * self._style()

    def _reward_orientation(self) -> torch.Tensor:
        return super()._reward_orientation() * self._style()

    def _reward_uneven_duty(self) -> torch.Tensor:
        return super()._reward_uneven_duty() * self._style()

    def _reward_flight(self) -> torch.Tensor:
        return super()._reward_flight() * self._style()

    def _reward_feet_edge(self) -> torch.Tensor:
        """Feet in contact within a cell of an edge."""
        positions = self.body_states[:, self.feet_indices, :2]
        return (self._edge_sampler.sample(positions) * self.feet_on_ground).sum(dim=1)

    # -- log ---------------------------------------------------------------------------------------------------------

    def _further_log(self) -> list[str]:
        """The mean level on each terrain type; 0 where no robot is."""
        columns = [] if self.terrain.is_plane else self.terrain.type_names
        types = list(dict.fromkeys(columns))
        same = [[float(name == column) for name in types] for column in columns]
        self._is_type = torch.tensor(same, device=self.device)
        return [f"terrain_level_{name}" for name in types]

    def _log_episodes(self) -> None:
        super()._log_episodes()
        if self.terrain.is_plane:
            return
        curriculum = self.terrain_curriculum
        of_type = self._is_type[curriculum.types]
        levels = curriculum.levels.float() @ of_type / of_type.sum(dim=0).clamp(min=1.0)
        self.episode_log.present_values[-len(levels) :].copy_(levels)
