"""A robot whose hardware is another one than in the policy's training."""

import copy
from dataclasses import dataclass, replace

from legged_gym.actuators.models import DELAYED_PD, ENGINE_PD
from legged_gym.deploy.metadata import Metadata


@dataclass(frozen=True)
class Hardware:
    """What is asked for; what is None is as in training."""

    action_delay: float | None = None
    """Time by which joint targets reach the drives late, in every step, s."""
    torsional_friction: float | None = None
    """Friction of the contacts against turning, m; 0: none."""


def with_hardware(metadata: Metadata, hardware: Hardware) -> Metadata:
    """The metadata of a controller on such a robot.

    Args:
        metadata: of the controller; unchanged.
        hardware: what is otherwise. Drives that are late by training become PD drives, late as is asked for.
    """
    asset, control, drives, rand = metadata.asset, metadata.control, metadata.drives_file, dict(metadata.domain_rand)
    if hardware.torsional_friction is not None:
        asset = copy.deepcopy(asset)
        asset.torsional_friction = hardware.torsional_friction
        rand["randomize_torsional_friction"] = False
    if hardware.action_delay is not None:
        steps = round(hardware.action_delay / metadata.physics_dt)
        rand |= {"randomize_action_delay": True, "action_delay_range": [steps, steps]}
        if control.actuator.model == DELAYED_PD:
            control, drives = copy.deepcopy(control), ""
            control.actuator.model = ENGINE_PD
    return replace(metadata, asset=asset, control=control, drives_file=drives, domain_rand=rand)


def punctual(metadata: Metadata) -> Metadata:
    """The metadata of a controller on drives that training makes not late: a robot's own are late by themselves."""
    return with_hardware(metadata, Hardware(action_delay=0.0))


def late_drives(metadata: Metadata) -> float | None:
    """Time by which the drives in a controller's file are late, s; None where targets reach them at once.

    A file has one robot's drives: those of the middle of the delays that training drew.
    """
    if metadata.control.actuator.model != DELAYED_PD:
        return None
    return sum(metadata.control.actuator.delay_range) // 2 * metadata.physics_dt
