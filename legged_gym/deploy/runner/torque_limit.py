"""Joint targets that ask for no more torque than is allowed."""

from dataclasses import replace

import numpy as np

from legged_gym.deploy.runner.messages import JointCommand


def limited(command: JointCommand, dof_pos: np.ndarray, dof_vel: np.ndarray, torque: np.ndarray) -> JointCommand:
    """Move the targets so that stiffness (target - angle) - damping velocity stays within bounds.

    Brakes are left as they are.

    Args:
        command: for the drives.
        dof_pos: joint angles [D], rad.
        dof_vel: joint velocities [D], rad/s.
        torque: largest [D], N m.
    """
    if command.is_damping:
        return command
    wanted = command.stiffness * (command.target - dof_pos) - command.damping * dof_vel
    allowed = np.clip(wanted, -torque, torque)
    return replace(command, target=dof_pos + (allowed + command.damping * dof_vel) / command.stiffness)
