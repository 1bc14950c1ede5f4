"""The actuator model that a configuration names."""

from typing import Any

import numpy as np
import torch

from legged_gym.actuators.actuator import Actuator, Drives
from legged_gym.actuators.models import ACTUATORS, ENGINE_PD


def make_actuator(
    settings: Any,
    stiffness: np.ndarray,
    damping: np.ndarray,
    torque_limits: np.ndarray,
    num_envs: int,
    device: torch.device,
    physics_dt: float,
) -> Actuator | None:
    """Make the drives of `num_envs` robots, or None for the engine's own PD.

    Args:
        settings: the section `control.actuator` of a configuration.
        stiffness: nominal proportional gains [D], N m/rad; for models that have them.
        damping: nominal derivative gains [D], N m s/rad.
        torque_limits: nominal limits [D], N m.
        num_envs: number of environments.
        device: of their tensors.
        physics_dt: the engine's time step, s.

    Raises:
        UserError: the model is unknown, or its settings do not fit it or the engine.
    """
    if settings.model == ENGINE_PD:
        return None
    kp, kd, limits = (
        torch.tensor(values, dtype=torch.float32, device=device) for values in (stiffness, damping, torque_limits)
    )
    return ACTUATORS[settings.model].from_settings(settings, Drives(kp, kd, limits, num_envs, physics_dt))
