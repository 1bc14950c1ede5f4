"""A legged robot with a teacher's and a student's senses: exact ground and contacts, or a noisy map."""

from typing import Any

import torch

from legged_gym.config.io import class_to_dict
from legged_gym.envs.base.domain_rand import delay_column
from legged_gym.envs.base.drawn_terms import drawn_terms
from legged_gym.envs.base.force_terms import force_terms, in_base_frame
from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.envs.perceptive.map_noise import MapNoise
from legged_gym.envs.perceptive.map_pose import MapPoseCfg, make_map_pose
from legged_gym.envs.perceptive.perceptive_config import PerceptiveCfg
from legged_gym.interface.action import POSITION
from legged_gym.interface.history import begin, push
from legged_gym.interface.mirror import SCALAR, VECTOR, of_parts
from legged_gym.interface.observations import ObservationTerm, privileged
from legged_gym.interface.readings import Readings
from legged_gym.interface.terms import ERROR_HISTORY, VELOCITY_HISTORY, history_terms
from legged_gym.sensors.foot_scan import FootScan
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import heading_vector, quat_rotate, quat_rotate_inverse
from robust_parallel.saved import checked

CONTACT_FORCE = 1.0
"""Force from which a thigh or calf counts as in contact, N."""
MOST_NOISE = 100.0
"""Of the curriculum's factor: what configurations may ask for."""
CLOSE_CIRCLES = 3
"""Circles of the foot scan whose ground a foot has to clear: out to 0.156 m from a Go2's foot."""


class PerceptiveRobot(LeggedRobot):
    """Velocity tracking with foot-centred height samples (Miki et al. 2022).

    The groups that the robot's sensors feed (`cfg.noise.groups`) see the ground through a map with noise; the others
    see it as it is, and with it what no robot measures: contacts, friction, external forces.
    """

    cfg: PerceptiveCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        if self.action_map.target != POSITION:
            raise UserError("control: perceptive robots remember joint errors, so each joint is driven to a position")
        n, d, device = self.num_envs, len(self.dof_names), self.device
        sections: Any = self.cfg  # a section is a class to a type checker, and an instance of it here
        feet = len(self.feet_indices)
        self.foot_scan = FootScan(sections.foot_scan, feet).to(device)
        points = len(self.foot_scan.points)
        self._num_close_points = sum(sections.foot_scan.counts[:CLOSE_CIRCLES])
        self.map_noise = MapNoise(sections.map_noise, n, feet, points, device)
        self.map_pose = make_map_pose(sections.map_noise, n, self.dt, device)
        """Where the robots believe to be in their maps; None: where they are."""
        self.map_sampler = self.height_sampler
        """Reads heights of the map that the robot believes in."""
        self.feet_positions = torch.zeros(n, feet, 3, device=device)
        """Centres of the feet in the world [N, F, 3], m."""
        self.foot_points = torch.zeros(n, feet, points, 2, device=device)
        """Sample points in the world [N, F, P, 2], m."""
        self.foot_heights = torch.zeros(n, feet, points, device=device)
        """Ground at the sample points relative to their foot [N, F, P], m."""
        self.map_points = torch.zeros_like(self.foot_points)
        """Where the map was read: off the sample points by the noise [N, F, P, 2], m."""
        self.map_heights = torch.zeros_like(self.foot_heights)
        """What the map says of the sample points, relative to the foot [N, F, P], m; NaN: nothing."""
        self.terrain_normals = torch.zeros(n, feet, 3, device=device)
        """Normal of the ground under each foot, world axes [N, F, 3]."""
        self._cell = cell = min(self.terrain.horizontal_scale, 1.0)  # that of a plane is its whole side
        self._cross = torch.tensor([[cell, 0.0], [-cell, 0.0], [0.0, cell], [0.0, -cell]], device=device)
        self.dof_pos_errors = torch.zeros(n, ERROR_HISTORY, d, device=device)
        """Commanded joint target minus joint angle at the ends of the last control steps, newest first [N, 3, D], rad.
        """
        self.dof_vel_history = torch.zeros(n, VELOCITY_HISTORY, d, device=device)
        """Joint velocities one and two control steps ago [N, 2, D], rad/s."""

    def observation_terms(self) -> list[ObservationTerm]:
        """The base's terms, those of the foot scan, of the histories, of the privileged state and of what was drawn."""
        scales, noise = self.cfg.normalization.obs_scales, self.cfg.noise.noise_scales
        feet, image = len(self.feet_indices), self.body_mirror(self.feet_indices)
        legs, legs_image = len(self.penalised_contact_indices), self.body_mirror(self.penalised_contact_indices)
        return [
            *super().observation_terms(),
            *history_terms(len(self.dof_names), scales, noise),
            self.foot_scan.term(self._measure_map, image),
            privileged("feet_contact", feet, lambda: self.feet_on_ground.float(), mirror=image),
            *force_terms(self),
            privileged(
                "terrain_normals", 3 * feet, lambda: in_base_frame(self, self.terrain_normals),
                mirror=of_parts(image, VECTOR),
            ),
            privileged("friction", feet, lambda: self.domain_rand.friction[:, None].expand(-1, feet), mirror=image),
            privileged("leg_contact", legs, self._leg_contact, mirror=legs_image),
            privileged("feet_air_time", feet, lambda: self.feet_air_time, mirror=image),
            privileged("action_delay", 1, self._action_delay, mirror=SCALAR),
            *drawn_terms(self),
        ]  # fmt: skip

    def _make_readings(self) -> Readings:
        readings = super()._make_readings()
        readings.dof_pos_errors, readings.dof_vel_history = self.dof_pos_errors, self.dof_vel_history
        readings.foot_heights = self.foot_heights
        return readings

    def _action_delay(self) -> torch.Tensor:
        """Share of the last control step in which its targets were under way [N, 1]."""
        return delay_column(self.domain_rand.action_delay, self.num_envs, self.device) / self.sim.decimation

    # -- parts of the step -------------------------------------------------------------------------------------------

    def _evaluate_eager(self) -> None:
        self.dof_pos_errors.copy_(push(self.joint_targets - self.dof_pos, self.dof_pos_errors))
        self.dof_vel_history.copy_(push(self.last_dof_vel, self.dof_vel_history))
        if self.map_pose is not None:
            self.map_pose.advance(self.root_states[:, :7], self.map_noise.factor)
        super()._evaluate_eager()

    def _observe_eager(self) -> None:
        fresh = self.reset_buf
        self.dof_pos_errors.masked_fill_(fresh[:, None, None], 0.0)
        self.dof_vel_history.copy_(begin(fresh, self.dof_vel, self.dof_vel_history))
        self.map_noise.draw_episode(fresh, self.episode_length_buf == self.max_episode_length // 2)
        if self.map_pose is not None:
            self.map_pose.begin(fresh, self.root_states[:, :7], self.map_noise.factor)
        super()._observe_eager()

    def _measure_heights(self) -> None:
        """Ground under the robot, around its feet, and its slope there."""
        super()._measure_heights()
        self.feet_positions.copy_(self.body_states[:, self.feet_indices, :3])
        self.foot_points.copy_(self.foot_scan.sample_points(self.feet_positions, self.heading))
        cross = self.feet_positions[:, :, None, :2] + self._cross
        heights = self.height_sampler.sample(torch.cat((self.foot_points, cross), dim=2))
        self.foot_scan.relative(heights[..., :-4], self.feet_positions, out=self.foot_heights)
        slope = (heights[..., -3::2] - heights[..., -4::2]) / (2.0 * self._cell)  # minus the gradient
        normal = torch.cat((slope, torch.ones_like(slope[..., :1])), dim=-1)
        self.terrain_normals.copy_(normal / torch.linalg.vector_norm(normal, dim=-1, keepdim=True))

    def _measure_map(self) -> torch.Tensor:
        """Read the robot's map: fills and returns `map_heights` [N, F, P]."""
        feet, points = (self.feet_positions, self.foot_points) if self.map_pose is None else self._feet_in_map()
        xy, height = self.map_noise.draw()
        torch.add(points, xy, out=self.map_points)
        ground = self.map_sampler.sample(self.map_points)
        torch.add(self.foot_scan.relative(ground, feet), height, out=self.map_heights)
        return self.map_heights

    def _feet_in_map(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Where the robot believes its feet [N, F, 3] and their sample points [N, F, P, 2] to be, m."""
        assert self.map_pose is not None
        position, quat = self.map_pose.believed()
        root = self.root_states
        feet = quat_rotate(quat, quat_rotate_inverse(root[:, 3:7], self.feet_positions - root[:, None, :3]))
        feet = feet + position[:, None]
        return feet, self.foot_scan.sample_points(feet, heading_vector(quat))

    def _leg_contact(self) -> torch.Tensor:
        forces = torch.linalg.vector_norm(self.contact_forces[:, self.penalised_contact_indices], dim=-1)
        return (forces > CONTACT_FORCE).float()

    def _reward_foot_clearance(self) -> torch.Tensor:
        """Feet lifted higher over the ground close to them than they need to be, m."""
        highest = self.foot_heights[:, :, : self._num_close_points].amax(dim=2)
        return (-highest - self.cfg.rewards.max_foot_clearance).clamp(min=0.0).sum(dim=1)

    # -- what the training and the evaluation set ---------------------------------------------------------------------

    def set_curriculum(self, flat_ground: bool, noise_factor: float, lateness: float = 1.0) -> None:
        """Set the curriculum: where episodes begin from now on, the noise of the map, and the delays.

        Args:
            flat_ground: put robots on the flattest tile of the map, otherwise on that of their level and type.
            noise_factor: factor c on the map's noise, 0: perfect.
            lateness: factor on the delays of targets, actions and measurements, 0: none. Targets keep theirs to the end
                of the episode.
        """
        self.terrain_curriculum.on_flat_ground.fill_(flat_ground)
        self.map_noise.factor.fill_(noise_factor)
        self.sim.scale_target_delay(lateness)
        self.domain_rand.scale_delays(lateness)

    def use_map(self, terrain: Terrain) -> None:
        """Let the robots believe in another map than the ground they walk on; before the first step."""
        self.map_sampler = HeightSampler(terrain, self.device)

    def set_friction(self, values: torch.Tensor) -> None:
        """Set each robot's friction coefficient on the ground [N]."""
        self.sim.randomize("friction", values)
        self.domain_rand.friction.copy_(values)

    def state_dict(self) -> dict[str, Any]:
        """Curriculum, command and noise state."""
        state = {"map_noise_factor": self.map_noise.factor, "map_noise": self._noise_model()}
        return super().state_dict() | state

    def _noise_model(self) -> dict[str, torch.Tensor]:
        """What is wrong with the map at factor 1, by its setting."""
        settings = class_to_dict(MapPoseCfg).keys()
        pose = {name: torch.tensor(getattr(self.cfg.map_noise, name), device=self.device) for name in settings}
        noise = self.map_noise
        return {"conditions": noise.conditions, "missing_probability": noise.missing_probability, **pose}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up curriculum, command and noise state.

        Raises:
            UserError: the state is of a training with another model of the noise.
        """
        for name, present in self._noise_model().items():
            saved = state["map_noise"].get(name)
            if saved is None or saved.shape != present.shape or not torch.allclose(saved.to(self.device), present):
                raise UserError(
                    f"the checkpoint was trained with other map_noise.{name}: {_short(saved)} there, {_short(present)} "
                    "here; resume with the same, or start a new student"
                )
        factor = self.map_noise.factor
        factor.copy_(checked("map_noise_factor", state["map_noise_factor"], factor, 0.0, MOST_NOISE))
        super().load_state_dict(state)

    @property
    def layout(self) -> dict[str, Any]:
        """The base's layout, and where the foot scan's samples lie."""
        scan = {
            "points": self.foot_scan.points.tolist(),
            "feet": [self.body_names[i] for i in self.feet_indices.tolist()],
            "clip": self.foot_scan.clip,
        }
        return super().layout | {"foot_scan": scan}


def _short(values: torch.Tensor | None) -> str:
    if values is None:
        return "none"
    rows = values.reshape(-1, values.shape[-1] if values.dim() else 1).tolist()
    return ", ".join("(" + " ".join(f"{value:.4g}" for value in row) + ")" for row in rows)
