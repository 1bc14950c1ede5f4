"""Domain randomization: what differs from one environment to the next, and pushes."""

import torch

from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.sim.added_mass import check_added_mass
from legged_gym.sim.simulator import Simulator
from legged_gym.utils.math import uniform

GOLDEN = 0.6180339887498949
"""Multiples of the golden ratio, without their whole parts, are spread evenly from 0 to 1 however many there are."""


def delay_column(delay: torch.Tensor | None, num_envs: int, device: torch.device) -> torch.Tensor:
    """A delay of each robot [N] as an observation [N, 1]; None, for none, is 0."""
    return torch.zeros(num_envs, 1, device=device) if delay is None else delay[:, None].float()


class DomainRandomization:
    """Draws every enabled parameter once for each environment and writes it into the engine.

    Delays of actions, pushes and forces are drawn as time passes.
    """

    def __init__(self, robot_cfg: LeggedRobotCfg, sim: Simulator, dt: float) -> None:
        self.cfg = cfg = robot_cfg.domain_rand
        self.dt = dt
        self.device = sim.device
        self.num_envs, self.num_dof = sim.num_envs, len(sim.dof_names)
        self.motor_zero = torch.zeros(self.num_envs, self.num_dof, device=self.device)
        """Encoder reading minus true joint angle, rad [N, D]."""
        self.obs_delay: torch.Tensor | None = None
        """Age of the measurements, control steps [N] long, or None without delay."""
        self._own_obs_delay: torch.Tensor | None = None
        """What `obs_delay` is where all of it counts."""
        self.action_delay: torch.Tensor | None = None
        """Physics steps until the present targets reach the drives [N], int32, or None without delay."""
        self._lateness = torch.ones((), device=self.device)
        self.push_in = torch.zeros(self.num_envs, device=self.device)
        """Time to the next push, s [N]."""
        self.push_velocity = torch.zeros(self.num_envs, 6, device=self.device)
        """Velocity step of this control step's pushes and forces [N, 6], world axes; zero rows: no push."""
        self.external_force = torch.zeros(self.num_envs, 6, device=self.device)
        """Present force per mass, m/s^2, and torque per inertia, rad/s^2, on the base [N, 6], world axes."""
        self._force_for = torch.zeros(self.num_envs, device=self.device)
        limits = [cfg.max_external_force] * 3 + [cfg.max_external_torque] * 3
        self._force_limits = torch.tensor(limits, device=self.device)
        self._push_limits = torch.tensor(cfg.max_push_vel_xy, dtype=torch.float32, device=self.device).expand(2)
        self.stiffness_factor = torch.ones_like(self.motor_zero)
        self.damping_factor = torch.ones_like(self.motor_zero)
        self.motor_strength = torch.ones_like(self.motor_zero)
        """Factors on the drives' gains, and on all their torques [N, D]."""
        self._write_to(sim)
        self.friction = sim.read("friction")
        """Coefficient of each robot on the ground [N]."""
        self.base_mass = sim.read("base_mass")
        self.base_com = sim.read("base_com")
        self.dof_friction = sim.read("dof_friction")
        self.dof_damping = sim.read("dof_damping")
        self.dof_armature = sim.read("dof_armature")
        """What each robot has of them, as the engine's fields."""
        if cfg.randomize_motor_zero:
            self.motor_zero.copy_(self._draw(cfg.motor_zero_range, self.num_dof))
        if cfg.randomize_obs_delay:
            low, high = cfg.obs_delay_range
            self._own_obs_delay = torch.randint(low, high + 1, (self.num_envs,), device=self.device)
            self.obs_delay = self._own_obs_delay.clone()
        if cfg.randomize_action_delay:
            self.action_delay = torch.zeros(self.num_envs, dtype=torch.int32, device=self.device)
        self.push_in.copy_(self._draw([0.0, cfg.push_interval_s]))

    def _draw_joints(self, bounds: list[float]) -> torch.Tensor:
        """Draw a property of the joints [N, D]."""
        columns = 1 if self.cfg.same_for_all_joints else self.num_dof
        return self._draw(bounds, columns).expand(-1, self.num_dof)

    def _draw(self, bounds: list[float], columns: int | None = None) -> torch.Tensor:
        shape = (self.num_envs,) if columns is None else (self.num_envs, columns)
        return uniform(shape, bounds[0], bounds[1], self.device)

    def _write_to(self, sim: Simulator) -> None:
        cfg, dofs = self.cfg, self.num_dof
        if cfg.randomize_friction:
            sim.randomize("friction", self._draw(cfg.friction_range))
        if cfg.randomize_torsional_friction:
            sim.randomize("torsional_friction", self._draw(cfg.torsional_friction_range))
        if cfg.randomize_base_mass:
            nominal = sim.read("base_mass")
            check_added_mass(cfg.added_mass_range, float(nominal.min()))
            sim.randomize("base_mass", nominal + self._draw(cfg.added_mass_range))
        if cfg.randomize_base_com:
            low, high = torch.tensor(cfg.com_displacement_range, device=self.device).reshape(-1, 2).unbind(dim=1)
            sim.randomize("base_com", sim.read("base_com") + uniform((self.num_envs, 3), low, high, self.device))
        if cfg.randomize_gains:
            self.stiffness_factor.copy_(self._draw(cfg.stiffness_factor_range, dofs))
            self.damping_factor.copy_(self._draw(cfg.damping_factor_range, dofs))
            sim.randomize("stiffness", sim.read("stiffness") * self.stiffness_factor)
            sim.randomize("damping", sim.read("damping") * self.damping_factor)
        if cfg.randomize_motor_strength:
            self.motor_strength.copy_(self._draw(cfg.motor_strength_range, dofs))
            for field in sim.drive_fields:
                sim.randomize(field, sim.read(field) * self.motor_strength)
        if cfg.randomize_dof_friction:
            sim.randomize("dof_friction", self._draw_joints(cfg.dof_friction_range))
        if cfg.randomize_dof_damping:
            sim.randomize("dof_damping", self._draw_joints(cfg.dof_damping_range))
        if cfg.randomize_dof_armature:
            sim.randomize("dof_armature", self._draw_joints(cfg.dof_armature_range))

    def draw_action_delay(self) -> None:
        """Let one control step begin: fill `action_delay`, if there is one."""
        if self.action_delay is not None:
            low, high = self.cfg.action_delay_range
            drawn = torch.randint_like(self.action_delay, low, high + 1)
            self.action_delay.copy_((drawn * self._lateness).round())

    def scale_delays(self, factor: float) -> None:
        """Let measurements and actions be late by a share of what they would be, from 0 to 1, from now on.

        Measurements are late by whole control steps: where a share is none, by more for as many robots as make it up.
        """
        self._lateness.fill_(factor)
        if self.obs_delay is not None and self._own_obs_delay is not None:
            whole_at = (torch.arange(self.num_envs, device=self.device) * GOLDEN) % 1.0
            self.obs_delay.copy_((self._own_obs_delay * self._lateness + whole_at).floor())

    @property
    def disturbs(self) -> bool:
        """Whether anything pushes the robots."""
        return self.cfg.push_robots or self.cfg.apply_external_force

    def draw_disturbances(self) -> None:
        """Let one control step pass: fill `push_velocity`, each robot at its own time."""
        self.push_velocity.zero_()
        if self.cfg.push_robots:
            self._draw_pushes()
        if self.cfg.apply_external_force:
            self._draw_forces()
            self.push_velocity.add_(self.external_force, alpha=self.dt)

    def _draw_forces(self) -> None:
        cfg = self.cfg
        self._force_for -= self.dt
        over = self._force_for <= 0.0
        force = uniform((self.num_envs, 6), -1.0, 1.0, self.device) * self._force_limits
        present = torch.rand(self.num_envs, device=self.device) < cfg.external_force_probability
        force = force * present[:, None]
        interval = self._draw([0.5 * cfg.external_force_interval_s, 1.5 * cfg.external_force_interval_s])
        self.external_force.copy_(torch.where(over[:, None], force, self.external_force))
        self._force_for.copy_(torch.where(over, interval, self._force_for))

    def _draw_pushes(self) -> None:
        self.push_in -= self.dt
        due = self.push_in <= 0.0
        push = uniform((self.num_envs, 2), -self._push_limits, self._push_limits, self.device)
        self.push_velocity[:, :2].add_(push * due[:, None])
        interval = self._draw([0.5 * self.cfg.push_interval_s, 1.5 * self.cfg.push_interval_s])
        self.push_in.copy_(torch.where(due, interval, self.push_in))
