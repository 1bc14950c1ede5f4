"""Small environments on the MuJoCo C engine."""

from collections.abc import Callable, Iterator

import pytest
import torch

from legged_gym.envs.base.legged_robot import LeggedRobot
from legged_gym.tasks import get_cfgs, make_env
from legged_gym.utils.seeding import set_seed

MakeEnv = Callable[..., LeggedRobot]


@pytest.fixture
def make() -> Iterator[MakeEnv]:
    """Make an environment of a task; `change` edits its configuration; no noise or pushes unless it says so."""
    made: list[LeggedRobot] = []

    def build(task: str = "go2_flat", num_envs: int = 8, seed: int = 1, change: Callable | None = None) -> LeggedRobot:
        cfg, _ = get_cfgs(task)
        cfg.env.num_envs = num_envs
        cfg.sim.engine = "mujoco"
        cfg.terrain.num_rows, cfg.terrain.num_cols = 4, 5
        cfg.noise.add_noise = False
        cfg.domain_rand.push_robots = False
        if change is not None:
            change(cfg)
        set_seed(seed)
        env = make_env(task, cfg, "cpu", seed)
        made.append(env)
        return env

    yield build
    for env in made:
        env.close()


def zero_actions(env: LeggedRobot) -> torch.Tensor:
    """Actions that hold the default pose."""
    return torch.zeros(env.num_envs, env.num_actions)


def assert_a_step_late(one: LeggedRobot, other: LeggedRobot) -> None:
    """Of two robots that begin alike, what differs in their first actions moves nothing before the second step."""
    for env, offset in ((one, 0.0), (other, 1.0)):
        env.step(zero_actions(env) + offset)
    assert torch.equal(one.dof_pos, other.dof_pos)
    for env in (one, other):
        env.step(zero_actions(env))
    assert not torch.allclose(one.dof_pos, other.dof_pos, atol=0.01)
