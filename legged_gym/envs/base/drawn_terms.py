"""Observation terms of what was drawn for each robot, which only the simulation knows."""

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.interface.mirror import SCALAR, VECTOR, frames, magnitudes
from legged_gym.interface.observations import ObservationTerm, privileged

MASS_SCALE, LENGTH_SCALE, ANGLE_SCALE = 0.1, 10.0, 10.0
"""Factors of these observations: 1/kg, 1/m, 1/rad."""


def drawn_terms(env: LeggedRobot) -> list[ObservationTerm]:
    """The base's mass and centre of mass, and each joint's motor strength and encoder zero."""
    rand, joints = env.domain_rand, len(env.dof_names)
    return [
        privileged("base_mass", 1, lambda: rand.base_mass[:, None], MASS_SCALE, SCALAR),
        privileged("base_com", 3, lambda: rand.base_com, LENGTH_SCALE, VECTOR),
        privileged("motor_strength", joints, lambda: rand.motor_strength, mirror=magnitudes),
        privileged("motor_zero", joints, lambda: rand.motor_zero, ANGLE_SCALE, frames(1)),
    ]
