"""What memory can be worth at most under a noise of the map, against variances by hand."""

import math

import pytest
import torch

from legged_gym.envs.perceptive.map_noise import MapNoise, MapNoiseCfg
from legged_gym.sensors.map_conditions import LARGE, NO_NOISE, MapNoiseParameters
from studies.belief.memory_bound import SPACING, level_height, stone_bounds, stones

EXACT = NO_NOISE._replace(point_z=0.005)
"""Every sample is where it says, and all but right."""


def test_level_ground_is_known_as_well_as_the_mean_of_what_was_drawn() -> None:
    torch.manual_seed(1)
    robots, points, steps = 4000, 12, 6
    noise = LARGE.scaled(0.6)
    drawn = MapNoise(MapNoiseCfg(), robots, 1, points, torch.device("cpu"))
    drawn.fix(torch.tensor(noise).expand(robots, -1))
    everyone = torch.ones(robots, dtype=torch.bool)
    drawn.draw_episode(everyone, ~everyone)
    heights = torch.stack([drawn.draw()[1][:, 0] for _ in range(steps)])
    assert heights[0, :, 0].std().item() == pytest.approx(level_height(noise, 1, 1), rel=0.03)
    assert heights[0].mean(dim=1).std().item() == pytest.approx(level_height(noise, points, 1), rel=0.03)
    mean = heights.mean(dim=(0, 2))
    assert mean.std().item() == pytest.approx(level_height(noise, points, steps), rel=0.03)
    lasting = noise.episode_z * drawn.offset_z[:, 0]
    assert (mean - lasting).std().item() == pytest.approx(level_height(noise, points, steps, touched=True), rel=0.03)


def test_stones_by_hand() -> None:
    """Middles at 0 and 0.5 m; a stone of 0.3 m ends 0.15 m from its middle."""
    places = torch.tensor([[0.0, 0.0], [0.14, 0.5], [0.16, 0.0], [0.25, 0.25], [-0.5, 0.36], [0.34, 0.0]])
    assert stones(places, 0.3).tolist() == [0.0, 0.0, -1.0, -1.0, 0.0, -1.0]


def test_without_noise_one_step_finds_the_stones() -> None:
    torch.manual_seed(1)
    (bound,) = stone_bounds(EXACT, 0.3, (1,), trials=50)
    assert bound.place < SPACING and bound.footholds == 1.0


@pytest.mark.parametrize(
    ("noise", "one", "many"),
    [
        (EXACT._replace(episode_xy=0.06), 0.06 / 2, 0.06 / 2),
        (EXACT._replace(foot_xy=0.06), 0.06 / 2, 0.06 / math.sqrt(4 * 9)),
    ],
    ids=["lasting", "new at each step"],
)
def test_memory_helps_against_what_is_new_at_each_step(noise: MapNoiseParameters, one: float, many: float) -> None:
    """Four feet halve an error that is each one's own; nine steps take two thirds of what differs among them."""
    torch.manual_seed(1)
    first, last = stone_bounds(noise, 0.3, (1, 9), trials=300)
    assert first.place == pytest.approx(one, rel=0.15) and last.place == pytest.approx(many, rel=0.15)
