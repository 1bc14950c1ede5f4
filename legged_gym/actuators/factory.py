"""The actuator model that a configuration names."""

from typing import Any

import numpy as np
import torch

from legged_gym.actuators.actuator import Actuator, Drives
from legged_gym.actuators.models import ACTUATORS, ENGINE_PD
from legged_gym.utils.errors import UserError


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
    model = ACTUATORS[settings.model].from_settings(settings, Drives(kp, kd, limits, num_envs, physics_dt))
    _require_drives(settings.model, model, (num_envs, len(stiffness)))
    return model


def _require_drives(name: str, model: Any, shape: tuple[int, int]) -> None:
    """See that a model is one, that its torques can be taken, and that it forgets; what is called writes to nothing.

    Raises:
        UserError: it is none, its torques or its memory are of another kind, or it remembers earlier episodes.
    """
    what = f"actuator model {name!r}:"
    if not isinstance(model, Actuator):
        raise UserError(f"{what} from_settings() must return the model, not {type(model).__name__}")
    still = torch.zeros(shape, device=model.torques.device)
    given = model.torque(still, still, still, model.memory)
    if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[1], tuple):
        raise UserError(f"{what} torque() must return torques and a tuple, the next memory")
    torques, memory = given
    if not isinstance(torques, torch.Tensor) or torques.shape != still.shape:
        raise UserError(f"{what} torque() must return torques {list(shape)}, a value of each drive")
    if [part.shape for part in memory] != [part.shape for part in model.memory]:
        raise UserError(
            f"{what} torque() must return the next memory in the shapes of `memory`: {len(model.memory)} tensors"
        )
    first = model.begin(still)
    if not isinstance(first, tuple) or [part.shape for part in first] != [part.shape for part in model.memory]:
        raise UserError(
            f"{what} begin() must return the first memory in the shapes of `memory`: {len(model.memory)} tensors"
        )
    if model.memory and type(model).reset is Actuator.reset:
        raise UserError(f"{what} it has a memory, so that reset() must forget that of the robots in its mask, too")
