"""The actuator model that a configuration names."""

import math
from typing import Any

import numpy as np
import torch

from legged_gym.actuators.actuator import Actuator
from legged_gym.actuators.network_actuator import NetworkActuator
from legged_gym.actuators.networks import load_network
from legged_gym.actuators.pd import DelayedPD
from legged_gym.actuators.torque import DirectTorque
from legged_gym.config.suggest import nearest
from legged_gym.utils.errors import UserError
from legged_gym.utils.paths import in_project

MODELS = ("pd", DelayedPD.model, NetworkActuator.model, DirectTorque.model)
"""Names that `control.actuator.model` may hold."""


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
    kp, kd, limits = (
        torch.tensor(values, dtype=torch.float32, device=device) for values in (stiffness, damping, torque_limits)
    )
    match settings.model:
        case "pd":  # the engine's own
            return None
        case DelayedPD.model:
            _check_delay(settings.delay_range)
            return DelayedPD(kp, kd, limits, num_envs, settings.delay_range)
        case DirectTorque.model:
            return DirectTorque(limits, num_envs)
        case NetworkActuator.model:
            return _network_actuator(settings.network_file, limits, num_envs, physics_dt)
    hint = nearest(settings.model, MODELS) or f"; there are {', '.join(MODELS)}"
    raise UserError(f"control.actuator.model: there is no {settings.model!r}{hint}")


def _check_delay(delay_range: list[int]) -> None:
    whole = len(delay_range) == 2 and all(isinstance(delay, int) for delay in delay_range)
    if not whole or not 0 <= delay_range[0] <= delay_range[1]:
        raise UserError(
            "control.actuator.delay_range must be the least and the most of physics steps, whole numbers from 0 on, "
            f"not {delay_range}"
        )


def _network_actuator(
    network_file: str, torque_limits: torch.Tensor, num_envs: int, physics_dt: float
) -> NetworkActuator:
    if not network_file:
        raise UserError("control.actuator.network_file names no file; make one with train_actuator.py")
    path = in_project(network_file)
    network = load_network(path, torque_limits.device)
    if not math.isclose(network.sample_time, physics_dt, rel_tol=1.0e-6):
        raise UserError(
            f"{path} was trained at steps of {network.sample_time} s, but sim.dt is {physics_dt} s; set sim.dt to it, "
            "or train another one with train_actuator.py"
        )
    return NetworkActuator(network, torque_limits, num_envs)
