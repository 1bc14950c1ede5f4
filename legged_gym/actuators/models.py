"""The actuator models that a configuration can name in `control.actuator.model`."""

from typing import TYPE_CHECKING

from legged_gym.config.registry import Registry

if TYPE_CHECKING:  # a configuration is read without torch too
    from legged_gym.actuators.actuator import Actuator

ENGINE_PD = "pd"
"""The engine's own PD: no model of ours."""
DELAYED_PD = "delayed_pd"
"""A PD law whose targets come late."""
ACTUATORS: "Registry[type[Actuator]]" = Registry(
    "actuator model",
    {
        DELAYED_PD: "legged_gym.actuators.pd:DelayedPD",
        "network": "legged_gym.actuators.network_actuator:NetworkActuator",
        "torque": "legged_gym.actuators.torque:DirectTorque",
    },
    base="legged_gym.actuators.actuator:Actuator",
)
"""Actuator models by name; any other as `module:Class`, a subclass of `Actuator`."""
