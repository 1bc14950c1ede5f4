"""Observation terms of the forces on a robot, which only the simulation knows."""

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.interface.mirror import PSEUDOVECTOR, VECTOR, Mirror, of_parts
from legged_gym.interface.observations import ObservationTerm, privileged
from legged_gym.utils.math import quat_rotate_inverse

FORCE_SCALE = 0.01
"""Factor of foot forces, 1/N: a Go2 standing on one foot reads 1.5."""


def force_terms(env: LeggedRobot) -> list[ObservationTerm]:
    """The contact forces on the feet, and what pulls and twists the base; in the base frame."""

    def feet_forces() -> torch.Tensor:
        return in_base_frame(env, env.contact_forces[:, env.feet_indices])

    def external_force() -> torch.Tensor:
        return in_base_frame(env, env.domain_rand.external_force.view(-1, 2, 3))

    feet = env.body_mirror(env.feet_indices)
    return [
        privileged("feet_contact_forces", 3 * len(env.feet_indices), feet_forces, FORCE_SCALE, of_parts(feet, VECTOR)),
        privileged("external_force", 6, external_force, mirror=Mirror.side_by_side([VECTOR, PSEUDOVECTOR])),
    ]


def in_base_frame(env: LeggedRobot, vectors: torch.Tensor) -> torch.Tensor:
    """World vectors [N, K, 3] in the base frame [N, 3 K]."""
    return quat_rotate_inverse(env.root_states[:, 3:7], vectors).flatten(1)
