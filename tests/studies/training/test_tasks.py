"""The tasks of the study on what to train on."""

import pytest
import torch

import legged_gym
from legged_gym.envs.base.tile_choice import TileChoice
from legged_gym.terrain.spread import SpreadTerrain
from studies.training.tasks import register_tasks

SMALL = {
    "terrain.num_rows": 3,
    "terrain.num_cols": 12,
    "terrain.horizontal_scale": 0.1,
    "terrain.max_init_terrain_level": 1,
}


@pytest.mark.parametrize("task", ["go2_rough_mining", "go2_sight_mining"])
def test_robots_are_put_on_the_tiles_that_were_drawn(task):
    register_tasks()
    env = legged_gym.make(task, num_envs=20, device="cpu", seed=1, **SMALL, **{"tile_choice.random_sizes": True})
    curriculum = env.terrain_curriculum
    assert isinstance(curriculum, TileChoice) and isinstance(env.terrain, SpreadTerrain)
    for _ in range(2):
        env.step(torch.zeros(20, 12))
    env.episode_length_buf[:10] = env.max_episode_length
    curriculum.commanded_distance.fill_(10.0)
    curriculum.success.fill_(0.0)
    curriculum.success[2, -1] = 0.5  # the only cell that there is to learn on
    env.step(torch.zeros(20, 12))
    drawn = (curriculum.levels == 2) & (curriculum.kind_of[curriculum.types] == len(curriculum.success[0]) - 1)
    assert drawn[:10].sum() >= 6
    torch.testing.assert_close(env.env_origins[:10], curriculum.origins()[:10])
    state = env.state_dict()
    known = curriculum.success.clone()
    curriculum.success.zero_()
    env.load_state_dict(state)
    torch.testing.assert_close(curriculum.success, known)
    env.close()
