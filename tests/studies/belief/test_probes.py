"""What is recorded of a probe while robots walk it."""

from typing import Any

import torch

from studies.belief import probes
from tests.studies.belief.conftest import small_cfg


class Blind:
    """A policy that decodes nothing, with a closed gate."""

    def __init__(self, env: Any) -> None:
        self.heights, self.measures = torch.zeros_like(env.foot_heights), torch.zeros(env.num_envs, 3)


def test_a_foot_is_on_its_tile_while_the_inner_circle_of_its_samples_is(make: Any) -> None:
    """A tile is 8 m by 8 m, and the inner circle of a Go2's samples has a radius of 0.6 x 8 cm."""
    plan = probes.plan(["student"], 1)
    cfg = small_cfg(num_envs=len(plan))
    probes.prepare(cfg)
    env = make(cfg)
    probes.begin(env, plan)
    watch = probes.Watch(env, Blind(env))  # type: ignore[arg-type]
    env.reset()
    watch(0)
    offsets = torch.tensor([[3.951, 3.953], [-3.951, 3.953], [0.0, -3.951], [0.0, 3.953]])
    env.feet_positions[0, :, :2] = env.env_origins[0, :2] + offsets
    watch(1)
    offsets[:, 1] = torch.tensor([3.951, -3.951, 3.951, -3.953])
    env.feet_positions[0, :, :2] = env.env_origins[0, :2] + offsets
    watch(2)
    assert watch.trace.on_tile[0].all()
    assert watch.trace.on_tile[1, 0].tolist() == [False, False, True, False]
    assert watch.trace.on_tile[2, 0].tolist() == [True, True, True, False]
