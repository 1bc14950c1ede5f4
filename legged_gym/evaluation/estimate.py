"""What a policy with an estimator takes for the robot's velocity."""

from collections.abc import Callable
from typing import Any

import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from rsl_rl.modules import EstimatorActorCritic, InferencePolicy
from rsl_rl.modules.term_columns import term_columns

VELOCITY = "base_lin_vel"


def velocity_estimate(env: LeggedRobot, policy: Any) -> Callable[[Any], torch.Tensor] | None:
    """How to read the base velocity [N, 3], m/s, that the policy estimates from observations; None if it does not."""
    if not isinstance(policy, InferencePolicy) or not isinstance(policy.policy, EstimatorActorCritic):
        return None
    start = 0
    for term in term_columns(env.layout, policy.policy.target_input):
        end = start + len(term.scale)
        if term.name == VELOCITY:
            columns, scale = slice(start, end), torch.tensor(term.scale, device=env.device)
            return lambda obs: policy.estimate(obs)[:, columns] / scale
        start = end
    return None
