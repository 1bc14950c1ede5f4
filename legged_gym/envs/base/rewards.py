"""Rewards: the formulas, one `_reward_*` method each, and the sum of those whose scale is not zero."""

import inspect
from typing import Protocol

import torch

from legged_gym.config.suggest import nearest
from legged_gym.envs.base.legged_robot_config import LeggedRobotCfg
from legged_gym.interface.action import ActionMap
from legged_gym.utils.errors import UserError
from robust_parallel.limits import LARGEST_REWARD, is_sound

PREFIX = "_reward_"
"""Beginning of the methods' names; the rest is the name of the reward's scale."""

SLOW = 0.1
"""Commanded speeds below this count as this where progress is a share of them, m/s."""
GROUND_REWARDS = ("base_height", "min_base_height")
"""Rewards that read the mean height of the ground under the robot."""


class RobotState(Protocol):
    """What the formulas read of an environment."""

    @property
    def cfg(self) -> LeggedRobotCfg: ...

    @property
    def body_states(self) -> torch.Tensor: ...

    num_envs: int
    device: torch.device
    dt: float
    commands: torch.Tensor
    moving: torch.Tensor
    commanded_course: torch.Tensor
    base_lin_vel: torch.Tensor
    base_ang_vel: torch.Tensor
    projected_gravity: torch.Tensor
    root_states: torch.Tensor
    dof_pos: torch.Tensor
    dof_vel: torch.Tensor
    last_dof_vel: torch.Tensor
    torques: torch.Tensor
    actions: torch.Tensor
    last_actions: torch.Tensor
    earlier_actions: torch.Tensor
    default_dof_pos: torch.Tensor
    action_map: ActionMap
    contact_forces: torch.Tensor
    feet_indices: torch.Tensor
    penalised_contact_indices: torch.Tensor
    hip_indices: torch.Tensor
    soft_dof_pos_limits: torch.Tensor
    dof_vel_limits: torch.Tensor
    torque_limits: torch.Tensor
    feet_air_time: torch.Tensor
    duty: torch.Tensor
    first_contact: torch.Tensor
    feet_contact: torch.Tensor
    ground_height: torch.Tensor
    reset_buf: torch.Tensor
    time_out_buf: torch.Tensor


def kernel(error: torch.Tensor, sigma: float) -> torch.Tensor:
    """exp(-error^2 / sigma), elementwise: 1 without error, 0 far away."""
    return torch.exp(-error.square() / sigma)


class RewardTerms:
    """legged_gym's reward formulas; each returns [N], before its scale."""

    def _reward_lin_vel_z(self: RobotState) -> torch.Tensor:
        """Vertical base velocity, squared."""
        return self.base_lin_vel[:, 2].square()

    def _reward_ang_vel_xy(self: RobotState) -> torch.Tensor:
        """Roll and pitch rates, squared."""
        return self.base_ang_vel[:, :2].square().sum(dim=1)

    def _reward_orientation(self: RobotState) -> torch.Tensor:
        """Tilt: the horizontal part of gravity in the base frame, squared."""
        return self.projected_gravity[:, :2].square().sum(dim=1)

    def _reward_base_height(self: RobotState) -> torch.Tensor:
        """Base height over the ground under it against its target, squared."""
        target = self.cfg.rewards.base_height_target
        return (self.root_states[:, 2] - self.ground_height - target).square()

    def _reward_min_base_height(self: RobotState) -> torch.Tensor:
        """How far the base is below its target height, as a share of it, in a kernel: 1 from the target up."""
        target = self.cfg.rewards.base_height_target
        below = 1.0 - (self.root_states[:, 2] - self.ground_height) / target
        return kernel(below.clamp(min=0.0), self.cfg.rewards.tracking_sigma)

    def _reward_torques(self: RobotState) -> torch.Tensor:
        """Drive torques, squared."""
        return self.torques.square().sum(dim=1)

    def _reward_dof_vel(self: RobotState) -> torch.Tensor:
        """Joint velocities, squared."""
        return self.dof_vel.square().sum(dim=1)

    def _reward_dof_acc(self: RobotState) -> torch.Tensor:
        """Joint accelerations, squared."""
        return ((self.dof_vel - self.last_dof_vel) / self.dt).square().sum(dim=1)

    def _reward_action_rate(self: RobotState) -> torch.Tensor:
        """Change of the actions, squared."""
        return (self.actions - self.last_actions).square().sum(dim=1)

    def _reward_action_rate2(self: RobotState) -> torch.Tensor:
        """Change of the actions' change, squared."""
        return (self.actions - 2.0 * self.last_actions + self.earlier_actions).square().sum(dim=1)

    def _reward_collision(self: RobotState) -> torch.Tensor:
        """Number of penalised bodies in contact."""
        forces = self.contact_forces[:, self.penalised_contact_indices]
        return (torch.linalg.vector_norm(forces, dim=-1) > 0.1).sum(dim=1).float()

    def _reward_termination(self: RobotState) -> torch.Tensor:
        """The episode ended by a fall."""
        return (self.reset_buf & ~self.time_out_buf).float()

    def _reward_dof_pos_limits(self: RobotState) -> torch.Tensor:
        """Joint angles beyond the soft range, rad."""
        below = (self.soft_dof_pos_limits[:, 0] - self.dof_pos).clamp(min=0.0)
        above = (self.dof_pos - self.soft_dof_pos_limits[:, 1]).clamp(min=0.0)
        return (below + above).sum(dim=1)

    def _reward_dof_vel_limits(self: RobotState) -> torch.Tensor:
        """Joint speeds beyond the soft limit, each at most 1 rad/s."""
        limit = self.dof_vel_limits * self.cfg.rewards.soft_dof_vel_limit
        return (self.dof_vel.abs() - limit).clamp(min=0.0, max=1.0).sum(dim=1)

    def _reward_torque_limits(self: RobotState) -> torch.Tensor:
        """Torques beyond the soft limit, N m."""
        limit = self.torque_limits * self.cfg.rewards.soft_torque_limit
        return (self.torques.abs() - limit).clamp(min=0.0).sum(dim=1)

    def _reward_command_progress(self: RobotState) -> torch.Tensor:
        """Way made along the commanded course, as a share of it between -1 and 1.

        A kernel of the error pays a robot that stands before a step some of what one on it earns; this pays it nothing.
        """
        course = self.commanded_course
        square = course.square().sum(dim=1).clamp(min=SLOW**2)
        return ((self.base_lin_vel[:, :2] * course).sum(dim=1) / square).clamp(-1.0, 1.0)

    def _reward_tracking_lin_vel(self: RobotState) -> torch.Tensor:
        """Tracking of the commanded planar velocity."""
        error = (self.commands[:, :2] - self.base_lin_vel[:, :2]).square().sum(dim=1)
        return torch.exp(-error / self.cfg.rewards.tracking_sigma)

    def _reward_tracking_ang_vel(self: RobotState) -> torch.Tensor:
        """Tracking of the commanded yaw rate."""
        error = (self.commands[:, 2] - self.base_ang_vel[:, 2]).square()
        return torch.exp(-error / self.cfg.rewards.tracking_sigma)

    def _reward_feet_air_time(self: RobotState) -> torch.Tensor:
        """Swing durations above the target, at touch-down, while a velocity is commanded."""
        target = self.cfg.rewards.air_time_target
        reward = ((self.feet_air_time - target) * self.first_contact).sum(dim=1)
        return reward * (torch.linalg.vector_norm(self.commands[:, :2], dim=1) > 0.1)

    def _reward_uneven_duty(self: RobotState) -> torch.Tensor:
        """Variance over the feet of the share of time that each is on the ground: of a leg that is spared."""
        return self.duty.var(dim=1, correction=0)

    def _reward_flight(self: RobotState) -> torch.Tensor:
        """No foot is on the ground, at this step and the last."""
        return (~self.feet_contact.any(dim=1)).float()

    def _reward_feet_stumble(self: RobotState) -> torch.Tensor:
        """A foot pushes against a vertical face."""
        forces = self.contact_forces[:, self.feet_indices]
        horizontal = torch.linalg.vector_norm(forces[:, :, :2], dim=-1)
        return (horizontal > 5.0 * forces[:, :, 2].abs()).any(dim=1).float()

    def _reward_stand_still(self: RobotState) -> torch.Tensor:
        """Deviation from the default pose while no motion is commanded."""
        return self.action_map.posed(self.dof_pos - self.default_dof_pos).abs().sum(dim=1) * ~self.moving

    def _reward_feet_contact_forces(self: RobotState) -> torch.Tensor:
        """Foot forces beyond the allowed, N."""
        forces = torch.linalg.vector_norm(self.contact_forces[:, self.feet_indices], dim=-1)
        return (forces - self.cfg.rewards.max_contact_force).clamp(min=0.0).sum(dim=1)

    def _reward_feet_slip(self: RobotState) -> torch.Tensor:
        """Horizontal speed of feet in contact, squared."""
        velocity = self.body_states[:, self.feet_indices, 7:9]
        return (velocity.square().sum(dim=-1) * self.feet_contact).sum(dim=1)

    def _reward_dof_deviation(self: RobotState) -> torch.Tensor:
        """Joints away from the default pose, squared."""
        return self.action_map.posed(self.dof_pos - self.default_dof_pos).square().sum(dim=1)

    def _reward_hip_deviation(self: RobotState) -> torch.Tensor:
        """Abduction joints away from the default, squared: legs under the body."""
        return (self.dof_pos - self.default_dof_pos)[:, self.hip_indices].square().sum(dim=1)


class RewardSum:
    """The weighted sum of an environment's `_reward_*` methods and its record by episode."""

    def __init__(self, env: RobotState, scales: dict[str, float], dt: float, only_positive: bool) -> None:
        """Look up the methods.

        Args:
            env: its `_reward_<name>()` methods return [N].
            scales: by name; zero leaves the method uncalled. Each is multiplied by `dt`.
            dt: control step, s.
            only_positive: clip the sum at zero before the termination term.

        Raises:
            UserError: a scale, zero or not, names no method.
        """
        known = [name.removeprefix(PREFIX) for name in dir(env) if name.startswith(PREFIX)]
        for name in scales:
            if name not in known:
                raise UserError(f"rewards.scales.{name}: the robot has no {PREFIX}{name}(){nearest(name, known)}")
        self.names = [name for name, scale in scales.items() if scale != 0.0]
        self.scales = {name: scales[name] * dt for name in self.names}
        self._terms = [getattr(env, f"{PREFIX}{name}") for name in self.names]
        self._only_positive, self._is_checked = only_positive, False
        self._termination = self.names.index("termination") if "termination" in self.names else None
        num_envs, device = env.num_envs, env.device
        self._factors = torch.tensor(list(self.scales.values()), device=device)[:, None]
        self.values = torch.zeros(len(self.names), num_envs, device=device)
        """Weighted terms of the last step [K, N]."""
        self.episode_sums = torch.zeros(len(self.names), num_envs, device=device)
        self.total = torch.zeros(num_envs, device=device)
        """Reward of the last step [N]; NaN where a term was not finite, which teaches nothing."""
        self.num_faulty = torch.zeros(len(self.names), dtype=torch.long, device=device)
        """Steps of environments since the start in which each term was not finite, or far beyond any sense [K]."""

    def compute(self, failed: torch.Tensor) -> None:
        """Evaluate every term of the present state; environments that `failed` [N] bool get none.

        Raises:
            UserError: at the first call, where a term is no tensor [N].
        """
        terms = [term() for term in self._terms] if self._is_checked else self._first_terms()
        torch.stack(terms, out=self.values)
        self.values.mul_(self._factors).masked_fill_(failed, 0.0)
        faulty = ~is_sound(self.values)
        self.num_faulty.add_(faulty.sum(dim=1))
        self.values.masked_fill_(faulty, 0.0)
        torch.sum(self.values, dim=0, out=self.total)
        if self._only_positive:
            if self._termination is None:
                self.total.clamp_(min=0.0)
            else:
                ended = self.values[self._termination]
                self.total.sub_(ended).clamp_(min=0.0).add_(ended)
        self.total.masked_fill_(faulty.any(dim=0), torch.nan)
        self.episode_sums += self.values

    def _first_terms(self) -> list[torch.Tensor]:
        """Evaluate every term, and see that it can be stacked with the others."""
        self._is_checked, (num_envs,) = True, self.total.shape
        values = []
        for name, term in zip(self.names, self._terms, strict=True):
            what = f"rewards.scales.{name}: {PREFIX}{name}()"
            try:
                inspect.signature(term).bind()
            except (TypeError, ValueError) as error:  # ValueError: it takes not even itself
                raise UserError(f"{what} must be a method without arguments ({error})") from None
            value = term()
            if not isinstance(value, torch.Tensor) or value.shape != self.total.shape or value.is_complex():
                given = f"a tensor {list(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
                of_kind = f" of {value.dtype}" if isinstance(value, torch.Tensor) and value.is_complex() else ""
                raise UserError(f"{what} must return a tensor [{num_envs}], not {given}{of_kind}")
            values.append(value)
        return values

    def faults(self) -> str:
        """Terms that were not finite, and how often; empty if none was. A host read: not in a step."""
        counts = zip(self.names, self.num_faulty.tolist(), strict=True)
        return ", ".join(
            f"rewards.scales.{name} was not finite or beyond {LARGEST_REWARD:.0e} in {count} steps"
            for name, count in counts
            if count
        )
