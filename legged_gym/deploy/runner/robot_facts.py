"""What the runner must know of a controller's robot."""

from dataclasses import dataclass

import numpy as np

from legged_gym.deploy.controller import Controller
from legged_gym.utils.errors import UserError


@dataclass(frozen=True)
class RobotFacts:
    """Joints in the controller's order [D]."""

    joint_names: list[str]
    default_dof_pos: np.ndarray
    """rad"""
    stiffness: np.ndarray
    """Of the drives under the policy, N m/rad."""
    damping: np.ndarray
    """N m s/rad"""
    torque_limits: np.ndarray
    """N m"""
    dof_pos_limits: np.ndarray
    """Lower and upper [D, 2], rad."""
    dof_vel_limits: np.ndarray
    """rad/s"""
    control_dt: float
    """Seconds between two steps of the policy."""


def facts_of(controller: Controller) -> RobotFacts:
    """Read a controller's metadata.

    Raises:
        UserError: the controller is not for PD drives with position targets, or needs what no robot measures.
    """
    data, name = controller.metadata, controller.path.name
    if data.stiffness is None or data.damping is None or data.target != "position":
        raise UserError(f"{name} is not for a robot whose drives follow joint positions")
    if not data.deployable:
        raise UserError(f"{name} needs readings that no robot has; export a deployable policy")
    return RobotFacts(
        joint_names=data.joint_names,
        default_dof_pos=data.default_dof_pos,
        stiffness=data.stiffness,
        damping=data.damping,
        torque_limits=data.torque_limits,
        dof_pos_limits=data.dof_pos_limits,
        dof_vel_limits=data.dof_vel_limits,
        control_dt=data.control_dt,
    )
