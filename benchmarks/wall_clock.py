"""The clock that peers are compared by: mean seconds of the wall, from a device that has nothing to do to one again.

It imports nothing but torch, so that a peer's environment has it, too.
"""

import time
from typing import Any

import torch

STEPS = {"cpu": (2, 5), "cuda": (50, 200)}
"""Control steps under random actions: to warm up, and that are timed."""
ITERATIONS = {"cpu": (1, 1), "cuda": (10, 20)}
"""Iterations of training, likewise; in each the host waits for the device at its end."""


@torch.no_grad()
def env_step_time(env: Any, device: str) -> float:
    """Mean seconds of a control step of all environments, each under actions drawn anew."""
    warm_up, timed = STEPS[device.partition(":")[0]]
    actions = torch.randn(env.num_envs, env.num_actions, device=device)
    for _ in range(warm_up):
        env.step(actions.normal_())
    start = now(device)
    for _ in range(timed):
        env.step(actions.normal_())
    return (now(device) - start) / timed


def now(device: str) -> float:
    """Seconds, once the device has done what it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return time.perf_counter()
