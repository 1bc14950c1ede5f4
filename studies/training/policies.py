"""Policies that begin otherwise."""

from typing import Any

import torch

from rsl_rl.modules import ActorCritic

SHARE = 0.01
"""Of the usual weights in the actor's last layer."""


class CalmActorCritic(ActorCritic):
    """Its actions are near zero at the start, whatever it observes (Andrychowicz et al. 2020, arXiv 2006.05990)."""

    @torch.no_grad()
    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        last: Any = self.actor[-1]  # pyright: ignore[reportIndexIssue] - a sequence of layers
        last.weight.mul_(SHARE)
        last.bias.zero_()
