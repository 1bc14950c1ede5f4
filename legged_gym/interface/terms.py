"""The observation terms that a robot without eyes can measure, each with its formula."""

from typing import Any

import torch

from legged_gym.interface import gait_clock
from legged_gym.interface.action import ActionMap
from legged_gym.interface.mirror import COMMAND, PSEUDOVECTOR, VECTOR, frames
from legged_gym.interface.observations import ObservationTerm

ERROR_HISTORY, VELOCITY_HISTORY = 3, 2
"""Control steps kept of joint position errors and joint velocities (Miki et al. 2022, table S5)."""


def body_terms(action_map: ActionMap, scales: Any, noise: Any) -> list[ObservationTerm]:
    """What every robot measures: IMU, encoders, its command and what it did.

    Args:
        action_map: of its joints.
        scales: factors by quantity, the section `normalization.obs_scales` of a configuration.
        noise: uniform noise +- by quantity, the section `noise.noise_scales`.
    """
    num_dof, num_actions = len(action_map.default_dof_pos), action_map.num_actions
    command_scale = (scales.lin_vel, scales.lin_vel, scales.ang_vel)
    return [
        ObservationTerm(
            "base_ang_vel", 3, lambda r: r.base_ang_vel, scales.ang_vel, "gyroscope", noise.ang_vel, sensed=True,
            mirror=PSEUDOVECTOR,
        ),
        ObservationTerm(
            "projected_gravity", 3, lambda r: r.projected_gravity, 1.0, "IMU", noise.gravity, sensed=True,
            mirror=VECTOR,
        ),
        ObservationTerm("commands", 3, lambda r: r.commands, command_scale, "operator", mirror=COMMAND),
        ObservationTerm(
            "dof_pos", num_dof, lambda r: action_map.posed(r.dof_pos - r.default_dof_pos), scales.dof_pos,
            "joint encoders", noise.dof_pos, sensed=True, mirror=frames(1),
        ),
        ObservationTerm(
            "dof_vel", num_dof, lambda r: r.dof_vel, scales.dof_vel, "joint encoders", noise.dof_vel, sensed=True,
            mirror=frames(1),
        ),
        ObservationTerm(
            "actions", num_actions, lambda r: r.actions, 1.0, "the policy's last output", mirror=frames(1)
        ),
    ]  # fmt: skip


def history_terms(num_dof: int, scales: Any, noise: Any) -> list[ObservationTerm]:
    """What a robot remembers of its joints and actions; arguments as of `body_terms`.

    The joint error is that of the commanded target: at the end of a control step, the target that was sent at its
    beginning minus the angle now.
    """
    return [
        ObservationTerm(
            "dof_pos_error_history", ERROR_HISTORY * num_dof, lambda r: r.dof_pos_errors.flatten(1), scales.dof_pos,
            "joint targets and encoders", noise.dof_pos, sensed=True, mirror=frames(ERROR_HISTORY),
        ),
        ObservationTerm(
            "dof_vel_history", VELOCITY_HISTORY * num_dof, lambda r: r.dof_vel_history.flatten(1), scales.dof_vel,
            "joint encoders", noise.dof_vel, sensed=True, mirror=frames(VELOCITY_HISTORY),
        ),
        ObservationTerm(
            "action_history", 2 * num_dof, lambda r: torch.cat((r.actions, r.last_actions), dim=1), 1.0,
            "the policy's last outputs", mirror=frames(2),
        ),
    ]  # fmt: skip


def clock_term(num_legs: int) -> ObservationTerm:
    """The phases of the legs' clock."""
    return ObservationTerm(
        "gait_clock", 2 * num_legs, lambda r: gait_clock.waves(r.gait_phase), 1.0, "the controller's own clock"
    )
