"""A legged robot on a track of obstacles, whose oracle knows all of it."""

from typing import Any

import torch

from legged_gym.envs.base.commands import LIN_VEL_X, LIN_VEL_Y
from legged_gym.envs.base.drawn_terms import drawn_terms
from legged_gym.envs.base.spawn import Spawn
from legged_gym.envs.parkour.course import OBSTACLE_WIDTH, Course
from legged_gym.envs.parkour.parkour_config import SOFT, ParkourCfg
from legged_gym.envs.parkour.penetration import Penetration
from legged_gym.envs.sight.sight_robot import SightRobot
from legged_gym.interface.observations import Observations, ObservationTerm, privileged
from legged_gym.interface.target_hold import TargetHold
from legged_gym.sim.joint_values import by_joint
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.terrain.tracks import BACK, TRACK_WIDTH, take_obstacles_off
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import uniform

PENETRATION_REWARDS = ("penetration_depth", "penetration_volume")
"""What is charged by the penetration."""


class TrackSpawn(Spawn):
    """Robots that face along the track, or nearly so."""

    def _draw_yaw(self, n: int, device: torch.device) -> torch.Tensor:
        bound: Any = self.cfg
        return uniform((n,), -bound.yaw_noise, bound.yaw_noise, device)


class ParkourRobot(SightRobot):
    """Gets over, under and through obstacles that collide, or do not and cost what they are penetrated."""

    cfg: ParkourCfg
    spawn_class = TrackSpawn

    def _make_terrain(self, cfg: TerrainCfg, seed: int) -> Terrain:
        terrain = super()._make_terrain(cfg, seed)
        if self._is_soft:
            take_obstacles_off(terrain)
        return terrain

    def _init_buffers(self) -> None:
        super()._init_buffers()
        n, control, device = self.num_envs, self.cfg.control, self.device
        sections: Any = self.cfg  # a section is a class to a type checker, and an instance of it here
        self.course = Course(self.terrain, n, device)
        self.penetration = Penetration(sections.asset, self.body_names, n, device)
        self.penetrated = torch.zeros(n, device=device)
        """Depth of all points, summed over the steps of the episode [N], m."""
        charges = (getattr(self.cfg.rewards.scales, name) for name in PENETRATION_REWARDS)
        self._is_charged = self._is_soft or any(charges)
        """Whether penetration counts: it is not measured for nothing."""
        stiffness, damping = (
            torch.tensor(by_joint(f"control.{name}", gains, self.dof_names), device=device)
            for name, gains in (("stiffness", control.stiffness), ("damping", control.damping))
        )
        if self.sim.takes_torques or {*self.sim.drive_modes} != {"position"} or not stiffness.all():
            raise UserError(
                "control.max_torque holds the targets of drives to positions: give each joint a control.stiffness, and "
                "no other control.drive_modes or control.actuator.model"
            )
        self.target_hold = TargetHold(stiffness, damping, control.max_torque)
        self.lean = torch.zeros(n, 2, device=device)
        """Roll and pitch [N, 2], rad, as `termination` means them: no Euler angles."""

    def _make_observations(self) -> Observations:
        if self._is_soft:
            self.domain_rand.obs_delay = None
        return super()._make_observations()

    @property
    def _is_soft(self) -> bool:
        return self.cfg.parkour.dynamics == SOFT

    def observation_terms(self) -> list[ObservationTerm]:
        """The base's terms, what was drawn for each robot, and its place on the track."""
        rand = self.domain_rand
        return [
            *super().observation_terms(),
            privileged("base_pose", 6, self._base_pose),
            privileged("friction", 1, lambda: rand.friction[:, None]),
            *drawn_terms(self),
            privileged("obstacle", OBSTACLE_WIDTH, lambda: self.course.obstacle),
            privileged("track_sides", 2, self._track_sides),
        ]

    def _base_pose(self) -> torch.Tensor:
        """Place from the track's beginning, m, roll, pitch and yaw, rad [N, 6]."""
        yaw = torch.atan2(self.heading[:, 1], self.heading[:, 0])
        return torch.cat((self.root_states[:, :3] - self.env_origins, self.lean, yaw[:, None]), dim=1)

    def _track_sides(self) -> torch.Tensor:
        """How far the track's left and right side are [N, 2], m."""
        lateral = self._offset()[:, 1]
        return torch.stack((TRACK_WIDTH / 2 - lateral, TRACK_WIDTH / 2 + lateral), dim=1)

    # -- parts of the step -------------------------------------------------------------------------------------------

    def _apply_actions_eager(self) -> None:
        super()._apply_actions_eager()
        held = self.target_hold
        assert held is not None
        self.joint_targets.copy_(held(self.joint_targets, self.dof_pos, self.dof_vel))

    def _read_sensors(self) -> None:
        super()._read_sensors()
        x, y, z = self.projected_gravity.unbind(dim=1)
        torch.stack((torch.asin(-y.clamp(-1.0, 1.0)), torch.atan2(x, -z)), dim=1, out=self.lean)
        self.course.look(self._offset()[:, 0])

    def _update_feet(self) -> None:
        """Contacts of the feet, and what stands for contacts with obstacles, where it counts."""
        super()._update_feet()
        if self._is_charged:
            self.penetration.measure(self.body_states, self.env_origins, self.course.boxes)
            self.penetrated.add_(self.penetration.still_depth)

    def _fallen(self) -> torch.Tensor:
        """As the base's, and robots that lean too far, are too low or too high, or are beside or behind the track."""
        cfg = self.cfg.termination
        leaning = (self.lean[:, 0].abs() > cfg.max_roll) | (self.lean[:, 1].abs() > cfg.max_pitch)
        height = self.root_states[:, 2] - self.env_origins[:, 2]
        beyond = (height < cfg.height[0]) | (height > cfg.height[1])
        along, lateral = self._offset().unbind(dim=1)
        on_track = self.crossing.active & self._is_track[self.terrain_curriculum.types]
        off_track = on_track & ((lateral.abs() > TRACK_WIDTH / 2) | (along < -BACK))
        return super()._fallen() | leaning | beyond | off_track

    def _update_terrain_levels(self) -> None:
        """With soft dynamics, a robot that got across by penetration stays where it is, or goes back."""
        if not (self._is_soft and self.terrain_curriculum.active):
            super()._update_terrain_levels()
            return
        cfg, across = self.cfg.parkour, self.left_tile
        up = across & (self.penetrated < cfg.harder_below)
        stays = across & (self.penetrated < cfg.easier_above) & ~up
        must_leave = self.crossing.active & ~self._cut_short()
        self.terrain_curriculum.update(self.reset_buf & ~stays, up, must_leave)

    def _begin_episodes(self) -> None:
        super()._begin_episodes()
        self.course.begin(self.reset_buf, self.terrain_curriculum.levels, self.terrain_curriculum.types)
        self.penetrated.masked_fill_(self.reset_buf, 0.0)

    # -- rewards -----------------------------------------------------------------------------------------------------

    def _reward_alive(self) -> torch.Tensor:
        """1."""
        return torch.ones_like(self.penetrated)

    def _reward_world_velocity(self) -> torch.Tensor:
        """Length of the error of the planar velocity in the world, m/s; on a track, commands go along it."""
        forward, left = self.commands[:, LIN_VEL_X, None], self.commands[:, LIN_VEL_Y, None]
        ahead = torch.where(self.crossing.active[:, None], self.crossing.direction, self.heading)
        aside = torch.stack((-ahead[:, 1], ahead[:, 0]), dim=1)
        return torch.linalg.vector_norm(forward * ahead + left * aside - self.root_states[:, 7:9], dim=1)

    def _reward_energy(self) -> torch.Tensor:
        """Squares of the joints' mechanical power, W^2."""
        return (self.torques * self.dof_vel).square().sum(dim=1)

    def _reward_torque_limits(self) -> torch.Tensor:
        """Torques beyond those that targets are held to, N m."""
        return (self.torques.abs() - self.cfg.control.max_torque).clamp(min=0.0).sum(dim=1)

    def _reward_penetration_depth(self) -> torch.Tensor:
        """Depth of the points inside obstacles, each times its speed, m^2/s."""
        return self.penetration.depth

    def _reward_penetration_volume(self) -> torch.Tensor:
        """Number of the points inside obstacles, each times its speed, m/s."""
        return self.penetration.volume
