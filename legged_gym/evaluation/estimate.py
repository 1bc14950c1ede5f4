"""What a policy with an estimator takes for the robot's velocity."""

from collections.abc import Callable, Mapping
from typing import Any

import torch

from rsl_rl.modules import ObservationInput
from rsl_rl.modules.term_columns import term_columns

VELOCITY = "base_lin_vel"


def velocity_reader(
    layout: Mapping[str, Any], targets: ObservationInput | None
) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """How to read the base velocity [N, 3], m/s, from a policy's estimate [N, E]; None if it does not estimate it.

    Args:
        layout: of the environment.
        targets: the observation groups that the estimate is of; None if there is no estimate.
    """
    start = 0
    for term in term_columns(layout, targets) if targets is not None else []:
        end = start + len(term.scale)
        if term.name == VELOCITY:
            columns, scale = slice(start, end), torch.tensor(term.scale)
            return lambda estimate: estimate[:, columns] / scale.to(estimate.device)
        start = end
    return None
