"""Qmini: two feet that follow a clock, and a critic that knows how each robot was made."""

import math

import torch

from legged_gym.envs.base.clocked_robot import ClockedRobot
from legged_gym.envs.base.rewards import kernel
from legged_gym.envs.qmini.qmini_config import QminiCfg
from legged_gym.interface.observations import ObservationTerm, privileged

MASS_SCALE = 0.05
"""Factor of the base's mass in the privileged observation, 1/kg."""


class QminiRobot(ClockedRobot):
    """Velocity tracking of a biped with a commanded gait."""

    cfg: QminiCfg

    def _init_buffers(self) -> None:
        super()._init_buffers()
        gait = self.cfg.gait
        self.swing_time = (1.0 - gait.stance_share) / gait.frequency
        """Duration of a foot's swing in a stride, s."""
        hips = [i for i, name in enumerate(self.dof_names) if "yaw" in name or "roll" in name]
        self._leg_direction_indices = torch.tensor(hips, dtype=torch.long, device=self.device)

    def observation_terms(self) -> list[ObservationTerm]:
        """The base's terms, the feet's contacts, and what was drawn for each robot."""
        rand, d, feet = self.domain_rand, len(self.dof_names), len(self.feet_indices)
        return super().observation_terms() + [
            privileged("feet_contact", feet, lambda: self.feet_on_ground.float()),
            privileged("friction", 1, lambda: rand.friction[:, None]),
            privileged("base_mass", 1, lambda: rand.base_mass[:, None], MASS_SCALE),
            privileged("base_com", 3, lambda: rand.base_com),
            privileged("dof_friction", 1, lambda: rand.dof_friction[:, :1]),
            privileged("dof_damping", 1, lambda: rand.dof_damping[:, :1]),
            privileged("dof_armature", 1, lambda: rand.dof_armature[:, :1]),
            privileged("stiffness_factor", d, lambda: rand.stiffness_factor),
            privileged("damping_factor", d, lambda: rand.damping_factor),
            privileged("motor_strength", d, lambda: rand.motor_strength),
            privileged("motor_zero", d, lambda: rand.motor_zero),
        ]

    # -- rewards -----------------------------------------------------------------------------------------------------

    def _reward_alive(self) -> torch.Tensor:
        return torch.ones_like(self.rew_buf)

    def _reward_tracking_lin_vel_x(self) -> torch.Tensor:
        """Tracking of the commanded forward velocity."""
        return kernel(self.commands[:, 0] - self.base_lin_vel[:, 0], self.cfg.rewards.lin_vel_sigma)

    def _reward_tracking_lin_vel_y(self) -> torch.Tensor:
        """Tracking of the commanded sideways velocity, within a tolerance."""
        error = (self.commands[:, 1] - self.base_lin_vel[:, 1]).abs()
        excess = (error - self.cfg.rewards.lin_vel_y_tolerance).clamp(min=0.0)
        return kernel(excess, self.cfg.rewards.lin_vel_sigma)

    def _reward_base_orientation(self) -> torch.Tensor:
        """Roll, and pitch off its target, squared."""
        x, y, z = self.projected_gravity.unbind(dim=1)
        pitch = torch.atan2(x, torch.hypot(y, z))
        return torch.atan2(-y, -z).square() + (pitch - self.cfg.rewards.base_pitch_target).square()

    def _reward_contact_no_vel(self) -> torch.Tensor:
        """Velocity of feet in contact, squared."""
        velocity = self.body_states[:, self.feet_indices, 7:10]
        return (velocity.square().sum(dim=-1) * self.feet_on_ground).sum(dim=1)

    def _reward_feet_orientation(self) -> torch.Tensor:
        """Sine of the angle between each sole and the horizontal, squared."""
        tilt = self.body_states[:, self.feet_indices, 3:5].square().sum(dim=-1)  # sine of its half, squared
        return (4.0 * tilt * (1.0 - tilt)).sum(dim=1)

    def _reward_gait_match(self) -> torch.Tensor:
        """Number of feet that are on the ground, or off it, as the clock says."""
        stance = self.gait_clock.phase < self.cfg.gait.stance_share
        return (self.feet_on_ground == stance).sum(dim=1).float()

    def _reward_gait_feet_swing_height(self) -> torch.Tensor:
        """Clearance of the feet in the clock's swing against a smooth bump, squared."""
        gait, feet = self.cfg.gait, self.body_states[:, self.feet_indices, :3]
        swing = (self.gait_clock.phase - gait.stance_share) / (1.0 - gait.stance_share)
        target = gait.swing_height * torch.sin(math.pi * swing).square()
        clearance = feet[..., 2] - self.height_sampler.sample(feet[..., :2]) - gait.ankle_height
        return ((clearance - target).square() * (swing >= 0.0)).sum(dim=1)

    def _reward_gait_feet_air_time(self) -> torch.Tensor:
        """How much more than half of the clock's swing a foot was in the air when it touches down, s."""
        duration = self.feet_air_time.clamp(max=self.swing_time) - 0.5 * self.swing_time
        return (duration * self.first_contact).sum(dim=1) * self.moving

    def _reward_hip_close_to_default(self) -> torch.Tensor:
        """Yaw and roll joints away from the default, squared."""
        return (self.dof_pos - self.default_dof_pos)[:, self._leg_direction_indices].square().sum(dim=1)

    def _reward_action(self) -> torch.Tensor:
        """Size of the actions."""
        return self.actions.abs().sum(dim=1)
