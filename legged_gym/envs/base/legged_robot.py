"""The legged robot: one control step of N environments, from actions to observations."""

from typing import Any

import torch
from tensordict import TensorDict

from legged_gym.config.checks import check_config
from legged_gym.config.io import class_to_dict
from legged_gym.envs.base.base_task import BaseTask
from legged_gym.envs.base.commands import LIN_VEL_X, Commands
from legged_gym.envs.base.curriculum import CommandCurriculum, TerrainCurriculum
from legged_gym.envs.base.domain_rand import DomainRandomization
from legged_gym.envs.base.episode_log import EpisodeLog
from legged_gym.envs.base.feet import Feet
from legged_gym.envs.base.ground_sensors import GroundSensors
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.envs.base.rewards import RewardSum, RewardTerms
from legged_gym.envs.base.spawn import Spawn
from legged_gym.envs.base.symmetry import Mirrors, mirrors, part_mirror
from legged_gym.interface.action import ACTED, TORQUE, MixedActionMap, make_action_map
from legged_gym.interface.mirror import VECTOR, Mirror
from legged_gym.interface.observations import Observations, ObservationTerm, named_terms
from legged_gym.interface.readings import Readings
from legged_gym.interface.target_hold import TargetHold
from legged_gym.interface.terms import body_terms
from legged_gym.sim.config import check_action_scales
from legged_gym.sim.factory import make_simulator
from legged_gym.sim.failure_watch import FailureWatch
from legged_gym.sim.joint_values import by_joint, default_angles
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.height_sampler import HeightSampler
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError
from legged_gym.utils.math import heading_vector, quat_rotate_inverse


class LeggedRobot(RewardTerms, BaseTask):
    """Velocity tracking of a legged robot on a plane or on a map of terrains."""

    cfg: LeggedRobotCfg
    spawn_class: type[Spawn] = Spawn
    """What draws initial states."""
    target_hold: TargetHold | None = None
    """Bounds of the joint targets, where a task has some."""

    def __init__(self, cfg: LeggedRobotCfg, device: str, seed: int) -> None:
        """Build terrain, engine and buffers, and begin the first episodes.

        Args:
            cfg: configuration; `cfg.sim.engine` chooses the physics engine.
            device: torch device of engine and buffers.
            seed: of the terrain map (random numbers are torch's: seed them before).

        Raises:
            UserError: the configuration is faulty, or does not fit the robot's description.
        """
        check_config(cfg)
        BaseTask.__init__(self, cfg, device)
        sections: Any = cfg  # a section is a class to a type checker, and an instance of it here
        self.terrain = self._make_terrain(sections.terrain, seed)
        self.height_sampler = HeightSampler(self.terrain, self.device)
        self.sim = make_simulator(
            sections.asset, sections.control, sections.sim, self.terrain, self.num_envs, self.device
        )
        self._view_state()
        self._init_indices()
        self._init_buffers()
        if cfg.asset.self_collisions:
            self.sim.warn_of_overlaps(self.default_dof_pos.tolist())
        self.domain_rand = DomainRandomization(cfg, self.sim, self.dt)
        self.terrain_curriculum = self._make_terrain_curriculum()
        self.command_generator = self._make_commands()
        self.commands, self.commanded_course = self.command_generator.values, self.command_generator.course
        self.command_curriculum = CommandCurriculum(
            self.command_generator, cfg.commands.max_curriculum, self.max_episode_length, self.device
        )
        self.spawn = self.spawn_class(
            cfg, self.terrain, self.height_sampler, self.default_dof_pos, self.dof_pos_limits, self.num_envs,
            self.dof_names,
        )  # fmt: skip
        scales = class_to_dict(cfg.rewards.scales)
        self.rewards = RewardSum(self, scales, self.dt, cfg.rewards.only_positive_rewards)
        self.readings = self._make_readings()
        self.observations = self._make_observations()
        self._make_log()
        self._apply_actions = self._captured(self._apply_actions_eager)
        self._evaluate = self._captured(self._evaluate_eager)
        self._end_episodes = self._captured(self._end_episodes_eager)
        self._observe = self._captured(self._observe_eager)
        self.reset()

    @property
    def body_states(self) -> torch.Tensor:
        """Every body [N, B, 13], see `Simulator.body_states`."""
        return self.sim.body_states

    # -- construction ------------------------------------------------------------------------------------------------

    def _view_state(self) -> None:
        """Name the engine's live tensors."""
        sim = self.sim
        self.root_states = sim.root_states
        self.dof_pos, self.dof_vel, self.torques = sim.dof_pos, sim.dof_vel, sim.torques
        self.contact_forces = sim.contact_forces
        self.dof_names, self.body_names = sim.dof_names, sim.body_names
        self.dof_pos_limits, self.dof_vel_limits = sim.dof_pos_limits, sim.dof_vel_limits
        self.torque_limits = sim.torque_limits

    def _init_indices(self) -> None:
        """Bodies and joints by their role."""
        roles = self.sim.roles
        if class_to_dict(self.cfg.rewards.scales).get("hip_deviation") and not roles.hips:
            raise UserError(f"rewards.scales.hip_deviation: no joint has {self.cfg.asset.hip_name!r} in its name")
        self.feet_indices, self.penalised_contact_indices, self.termination_contact_indices, self.hip_indices = (
            torch.tensor(indices, dtype=torch.long, device=self.device)
            for indices in (roles.feet, roles.penalised, roles.terminating, roles.hips)
        )

    def _init_buffers(self) -> None:
        """What the robot keeps beside the engine's state."""
        n, device = self.num_envs, self.device
        self._default_angles = default_angles(self.cfg.init_state.default_joint_angles, self.sim)
        self.default_dof_pos = torch.tensor(self._default_angles, device=device)
        """Joint targets at zero action [D], rad."""
        limits, soft = self.dof_pos_limits, self.cfg.rewards.soft_dof_pos_limit
        middle = limits.mean(dim=1, keepdim=True)
        unlimited = limits.isinf().any(dim=1, keepdim=True)  # has no middle
        self.soft_dof_pos_limits = torch.where(unlimited, limits, middle + soft * (limits - middle))
        self._init_actions()
        self.last_dof_vel = torch.zeros_like(self.joint_targets)
        self._base_frame = torch.zeros(n, 3, 3, device=device)
        self.base_lin_vel, self.base_ang_vel, self.projected_gravity = self._base_frame.unbind(dim=1)
        """Base velocities (m/s, rad/s) and the direction of gravity in the base frame [N, 3]."""
        self._gravity = torch.tensor([0.0, 0.0, -1.0], device=device).expand(n, 3)
        self.heading = torch.zeros(n, 2, device=device)
        """Unit vector of the base's heading in the world."""
        self._init_feet()
        self.env_origins = torch.zeros(n, 3, device=device)
        """Origin of each environment's tile, m."""
        self.left_tile = torch.zeros(n, dtype=torch.bool, device=device)
        """Robots beyond their tile's edge at the end of the step [N]."""
        self.stuck = torch.zeros(n, dtype=torch.bool, device=device)
        """Robots whose episode ended with the step since they do not get on, where they have to [N]."""
        self.ground_sensors = sensors = GroundSensors(self.cfg, self.terrain, self.dt, device)
        self.height_scan, self.depth_camera = sensors.height_scan, sensors.depth_camera
        self.ground_height = sensors.ground_height
        if sensors.measured_heights is not None:
            self.measured_heights = sensors.measured_heights
        self.moving = torch.zeros(n, dtype=torch.bool, device=device)
        """Whether each robot was commanded to move in this step."""
        self.steps_lived = torch.zeros(n, dtype=torch.long, device=device)
        """Control steps of the episode so far [N]; less than `episode_length_buf` where a learner gave the episode an
        age, so that not all end together."""
        self._tracking_errors = torch.zeros(2, n, device=device)
        self.lin_vel_error, self.ang_vel_error = self._tracking_errors
        """Tracking errors summed over the episode (m/s, rad/s)."""

    def _init_actions(self) -> None:
        """What actions mean, and those of the last steps.

        Raises:
            UserError: the joints take another number of actions than the configuration says, or too large ones.
        """
        control: Any = self.cfg.control  # a class to a type checker, and an instance here
        names, device = self.dof_names, self.device
        modes = [TORQUE] * len(names) if self.sim.takes_torques else self.sim.drive_modes
        scales = by_joint("control.action_scales", {"": control.action_scale} | control.action_scales, names)
        check_action_scales(control, names, modes, scales)
        self.action_map = make_action_map(modes, scales, self.cfg.normalization.clip_actions, self.default_dof_pos)
        a = self.action_map.num_actions
        if self.num_actions != a:
            acted = ", ".join(name for name, mode in zip(names, modes, strict=True) if mode in ACTED) or "none"
            raise UserError(
                f"env.num_actions is {self.num_actions}, but {a} of {len(names)} joints take an action: {acted}"
            )
        self.actions = torch.zeros(self.num_envs, a, device=device)
        self.last_actions = torch.zeros(self.num_envs, a, device=device)
        self.earlier_actions = torch.zeros(self.num_envs, a, device=device)
        """Actions of the step before that of `last_actions` [N, A]."""
        self.joint_targets = torch.zeros(self.num_envs, len(names), device=device)
        """Sent to the drives, rad [N, D] (torques, N m, with an actuator model that takes them)."""

    def _init_feet(self) -> None:
        """Contacts and swings of the feet, by legged_gym's names [N, F]."""
        keeps_duty = getattr(self.cfg.rewards.scales, "uneven_duty", 0.0) != 0.0
        self.feet = feet = Feet(self.num_envs, len(self.feet_indices), self.dt, keeps_duty, self.device)
        self.feet_on_ground, self.feet_contact, self.first_contact = feet.on_ground, feet.contact, feet.first_contact
        self.feet_air_time, self.duty = feet.air_time, feet.duty

    def _make_terrain(self, cfg: TerrainCfg, seed: int) -> Terrain:
        """The map."""
        return Terrain(cfg, seed)

    def _make_terrain_curriculum(self) -> TerrainCurriculum:
        """What chooses the tiles."""
        cfg = self.cfg.terrain
        return TerrainCurriculum(self.terrain, self.num_envs, cfg.max_init_terrain_level, cfg.curriculum, self.device)

    def _make_commands(self) -> Commands:
        """What draws the commands."""
        return Commands(self.cfg, self.num_envs, self.dt, self.device)

    def _make_readings(self) -> Readings:
        """The live storage that observations are formulas of."""
        readings = Readings(
            base_ang_vel=self.base_ang_vel,
            projected_gravity=self.projected_gravity,
            commands=self.commands[:, :3],
            dof_pos=torch.zeros_like(self.dof_pos),
            dof_vel=self.dof_vel,
            default_dof_pos=self.default_dof_pos,
            actions=self.actions,
            last_actions=self.last_actions,
            base_pos=self.root_states[:, :3],
        )
        self.ground_sensors.show(readings)
        return readings

    def observation_terms(self) -> list[ObservationTerm]:
        """Every term this robot can observe; a robot with more of them extends the list."""
        scales, noise = self.cfg.normalization.obs_scales, self.cfg.noise.noise_scales
        return [
            ObservationTerm(
                "base_lin_vel", 3, lambda readings: self.base_lin_vel, scales.lin_vel,
                "nothing on the robot", noise.lin_vel, sensed=True, privileged=True, mirror=VECTOR,
            ),
            *body_terms(self.action_map, scales, noise),
            *self.ground_sensors.terms(scales.height_measurements, noise.height_measurements),
        ]  # fmt: skip

    def _make_observations(self) -> Observations:
        terms = named_terms(self.observation_terms(), type(self).__name__)
        groups = class_to_dict(self.cfg.observations)
        unknown = sorted({name for names in groups.values() for name in names} - terms.keys())
        if unknown:
            raise UserError(f"unknown observation terms {', '.join(unknown)}; known: {', '.join(terms)}")
        noise_level = self.cfg.noise.noise_level if self.cfg.noise.add_noise else 0.0
        clip, delay = self.cfg.normalization.clip_observations, self.domain_rand.obs_delay
        noisy = self.cfg.noise.groups
        history = self.cfg.observation_history
        return Observations(terms, groups, self.num_envs, self.device, clip, noise_level, noisy, delay, history)

    def _make_log(self) -> None:
        names = [f"rew_{name}" for name in self.rewards.names] + ["lin_vel_error", "ang_vel_error", "falls"]
        failures = [f"sim_failures_{kind}" for kind in self.sim.failure_kinds]
        state = failures + ["max_command_x"] + ([] if self.terrain.is_plane else ["terrain_level"])
        self.episode_log = EpisodeLog(names, state + self._further_log(), self.device)
        self._failures_log = self.episode_log.present_values[: len(failures)]
        self._failure_watch = FailureWatch(self.sim)

    def _further_log(self) -> list[str]:
        """Names of what else a robot logs of the present; last among the log's present values."""
        return []

    # -- one control step --------------------------------------------------------------------------------------------

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict[str, Any]]:
        """Advance one control step.

        Args:
            actions: [N, num_actions]; joint targets are `action_scale * action + default angle` (speeds and torques
                are `action_scale * action`, see `ControlCfg.drive_modes`).

        Returns:
            Observation groups, rewards [N], dones [N] and extras: `time_outs` [N], `log`, and `final_observations`,
            the groups of the true last state of each episode that ended (of the present state for the others). All
            of it is the caller's to keep: the next step writes elsewhere.

        Raises:
            UserError: the actions are of another shape, or the environment is closed.
        """
        self._require_open()
        self._take(actions)
        self._apply_actions()
        self.sim.step(self.joint_targets, self.domain_rand.action_delay)
        self._evaluate()
        self._end_episodes()
        if self.domain_rand.disturbs:
            self.sim.apply_push(self.domain_rand.push_velocity)
        self.sim.reset(self.reset_buf, self.spawn.root_states, self.spawn.dof_pos, self.spawn.dof_vel)
        self._observe()
        dones, time_outs = self._ends.clone()
        self.extras = {
            "time_outs": time_outs,
            "log": self.episode_log.snapshot(),
            "final_observations": self._as_tensordict(self.observations.final_buffers),
        }
        return self.get_observations(), self.rew_buf.clone(), dones, self.extras

    def reset(self) -> TensorDict:
        """Begin a new episode in every environment and return the observations.

        Raises:
            UserError: the environment is closed.
        """
        self._require_open()
        self.reset_buf.fill_(True)
        self.time_out_buf.fill_(False)
        self._begin_episodes()
        self.sim.reset(self.reset_buf, self.spawn.root_states, self.spawn.dof_pos, self.spawn.dof_vel)
        self._observe_eager()
        return self.get_observations()

    def get_observations(self) -> TensorDict:
        """The observation groups of the present state."""
        return self._as_tensordict(self.observations.buffers)

    def _apply_actions_eager(self) -> None:
        self.action_map.clipped(self._action_input, out=self.actions)
        self.action_map.joint_targets(self.actions, out=self.joint_targets)
        self.action_map.without_zero(self.joint_targets, self.domain_rand.motor_zero)
        self.domain_rand.draw_action_delay()

    def _evaluate_eager(self) -> None:
        """What the step led to: terminations, rewards and the observations of episodes that ended."""
        self._advance_clocks()
        self._read_sensors()
        self.command_generator.set_course(self.heading)
        self._update_feet()
        self._measure_heights()
        if not self.terrain.is_plane:
            self.left_tile.copy_(self.terrain.beyond_tile(self.root_states[:, :2] - self.env_origins[:, :2]))
        self._check_termination()
        self._record_tracking()
        self.rewards.compute(self.sim.failed)
        self.rew_buf.copy_(self.rewards.total)
        self.feet.end_swings()
        self.observations.measure(self.readings)
        self.observations.observe_final()

    def _end_episodes_eager(self) -> None:
        """Close the books of ended episodes, and draw what comes next: levels, initial states, pushes."""
        if not self.terrain.is_plane:
            self.terrain_curriculum.record(self.commanded_course, self.base_lin_vel[:, :2], self.dt)
            self._update_terrain_levels()
        if self.cfg.commands.curriculum:
            self._widen_commands()
        self._log_episodes()
        if self.domain_rand.disturbs:
            self.domain_rand.draw_disturbances()
        self._begin_episodes()

    def _observe_eager(self) -> None:
        """The next step's observations: new commands, new episodes, the state as it now is."""
        fresh = self.reset_buf
        for actions in (self.actions, self.last_actions):
            actions.masked_fill_(fresh[:, None], 0.0)
        self._read_sensors()
        self._measure_heights()
        self.ground_sensors.look(fresh, self.root_states[:, :7])
        self.command_generator.advance(self.heading, fresh)
        self.observations.measure(self.readings)
        self.observations.observe(fresh)
        self.earlier_actions.copy_(self.last_actions)
        self.last_actions.copy_(self.actions)
        self.last_dof_vel.copy_(self.dof_vel)

    # -- parts of the step -------------------------------------------------------------------------------------------

    def _advance_clocks(self) -> None:
        """Count the step, and note which robots were commanded to move in it."""
        self.episode_length_buf.add_(1)
        self.steps_lived.add_(1)
        self.moving.copy_(self.command_generator.moving())

    def _read_sensors(self) -> None:
        """Base velocities, gravity, heading and encoders from the engine's state."""
        quat = self.root_states[:, 3:7]
        world = torch.stack((self.root_states[:, 7:10], self.root_states[:, 10:13], self._gravity), dim=1)
        self._base_frame.copy_(quat_rotate_inverse(quat, world))
        self.heading.copy_(heading_vector(quat))
        torch.add(self.dof_pos, self.domain_rand.motor_zero, out=self.readings.dof_pos)

    def _update_feet(self) -> None:
        """Contacts and swing times of the feet."""
        self.feet.update(self.contact_forces[:, self.feet_indices, 2])

    def _measure_heights(self) -> None:
        """Ground heights around the robot, as far as anything needs them."""
        self.ground_sensors.measure(self.height_sampler, self.root_states[:, :3], self.heading)

    def _check_termination(self) -> None:
        """Falls, failures of the engine, and episodes whose time or ground is over."""
        fallen = self._fallen() | self.sim.failed
        over = self.episode_length_buf >= self.max_episode_length
        if not self.terrain.is_plane:
            ends_with_tile = self.cfg.termination.leave_tile
            over |= self.left_tile if ends_with_tile else self.terrain.beyond_map(self.root_states[:, :2])
        torch.logical_or(fallen, over, out=self.reset_buf)
        torch.logical_and(over, ~fallen, out=self.time_out_buf)

    def _fallen(self) -> torch.Tensor:
        """Robots that lie on the ground, have tipped over or are down in a hole [N] bool."""
        cfg = self.cfg.termination
        forces = torch.linalg.vector_norm(self.contact_forces[:, self.termination_contact_indices], dim=-1)
        tilt = torch.acos(-self.projected_gravity[:, 2].clamp(-1.0, 1.0))
        fallen = (forces > cfg.contact_force).any(dim=1) | (tilt > cfg.max_tilt)
        in_hole = self.ground_sensors.below_rim(self.root_states[:, :3])
        return fallen if in_hole is None else fallen | in_hole

    def _record_tracking(self) -> None:
        error = torch.linalg.vector_norm(self.commands[:, :2] - self.base_lin_vel[:, :2], dim=1)
        self.lin_vel_error.add_(error)
        self.ang_vel_error.add_((self.commands[:, 2] - self.base_ang_vel[:, 2]).abs())

    def _widen_commands(self) -> None:
        row = self.rewards.names.index("tracking_lin_vel")
        length = self.steps_lived.clamp(min=1)
        tracking = self.rewards.episode_sums[row] / length / self.rewards.scales["tracking_lin_vel"]
        self.command_curriculum.update(self.reset_buf, tracking)

    def _update_terrain_levels(self) -> None:
        self.terrain_curriculum.update(self.reset_buf, self.left_tile)

    def _cut_short(self) -> torch.Tensor:
        """Robots whose time was over before they had lived all of it, so that they did not fail [N] bool."""
        return self.time_out_buf & ~self.left_tile & (self.steps_lived < self.episode_length_buf)

    def _log_episodes(self) -> None:
        ended, length = self.reset_buf, self.steps_lived.clamp(min=1)
        falls = (ended & ~self.time_out_buf).float()
        rewards = self.rewards.episode_sums / self.cfg.env.episode_length_s
        self.episode_log.add(torch.cat((rewards, self._tracking_errors / length, falls[None])), ended)
        if not self.terrain.is_plane:
            self.episode_log.present["terrain_level"].copy_(self.terrain_curriculum.levels.float().mean())
        self.episode_log.present["max_command_x"].copy_(self.command_generator.ranges[LIN_VEL_X, 1])
        self._failures_log.copy_(self.sim.failure_totals)

    def _begin_episodes(self) -> None:
        """Draw the initial states of the environments in `reset_buf`."""
        fresh = self.reset_buf
        self.env_origins.copy_(torch.where(fresh[:, None], self.terrain_curriculum.origins(), self.env_origins))
        self.spawn.draw(self.env_origins)
        for total in (self.episode_length_buf, self.steps_lived, self.rewards.episode_sums, self._tracking_errors):
            total.masked_fill_(fresh, 0)
        self.terrain_curriculum.begin(fresh)
        self.feet.begin(fresh)

    # -- what a checkpoint keeps -------------------------------------------------------------------------------------

    def assign_terrain(self, levels: torch.Tensor, types: torch.Tensor) -> None:
        """Put the environments on given tiles [N] from their next reset on (evaluation, watching)."""
        self.terrain_curriculum.levels.copy_(levels)
        self.terrain_curriculum.types.copy_(types)

    def state_dict(self) -> dict[str, Any]:
        """Curriculum and command state."""
        return {
            "terrain_levels": self.terrain_curriculum.levels,
            "terrain_types": self.terrain_curriculum.types,
            "command_ranges": self.command_generator.ranges,
            "command_curriculum_steps": self.command_curriculum.steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up curriculum and command state; another number of environments has levels like those.

        Raises:
            ValueError: a number is none that training comes to, or of another map.
        """
        self.terrain_curriculum.restore(state["terrain_levels"], state["terrain_types"])
        self.command_generator.restore(state["command_ranges"])
        self.command_curriculum.restore(state["command_curriculum_steps"])
        self.reset()

    @property
    def layout(self) -> dict[str, Any]:
        """What a policy must agree with: joints, observation terms, action meaning; plain data."""
        layout = {
            "joint_names": list(self.dof_names),
            "default_dof_pos": list(map(float, self._default_angles)),
            "action_scale": self.action_map.scale,
            "clip_actions": self.cfg.normalization.clip_actions,
            "clip_observations": self.cfg.normalization.clip_observations,
            "control_dt": self.dt,
            "observations": self.observations.layout(),
        }
        if isinstance(self.action_map, MixedActionMap):
            scales = {"action_scale": self.cfg.control.action_scale, "action_scales": self.action_map.scales.tolist()}
            layout |= {"drive_modes": self.sim.drive_modes, **scales}
        return layout | {"history": dict(self.observations.history)} if self.observations.history else layout

    def body_mirror(self, indices: torch.Tensor) -> Mirror | None:
        """The mirror of one value of each of some bodies, see `symmetry.part_mirror`."""
        return part_mirror(self.sim.body_mirror, indices.tolist())

    def mirrors(self) -> Mirrors:
        """What left and right exchanged is, for learners that use it, see `symmetry.mirrors`."""
        return mirrors(self.observations, self.sim.joint_mirror, self.action_map)

    def on_iteration(self) -> None:
        """Tell what the engine could not hold or simulate; the learner calls it when it has read the device anyway."""
        self._failure_watch.look()

    def faults(self) -> str:
        """What was not finite in the steps so far, a line; the learner calls it where it cannot learn from them."""
        return self.rewards.faults()

    def close(self) -> None:
        """Free the engine; once is enough, and more does nothing."""
        if not self._is_closed:
            self._is_closed = True
            self.sim.close()
