"""Policies that are a function, as `run_trials` takes them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch

from rsl_rl.modules import PolicyInference


def acting(act: Callable[[Any], torch.Tensor], reset: Callable[[torch.Tensor], None] = lambda dones: None) -> Any:
    """A policy which acts as a function of the observations, and estimates nothing."""
    return SimpleNamespace(infer=lambda obs: PolicyInference(act(obs)), reset=reset, estimate_targets=None)
