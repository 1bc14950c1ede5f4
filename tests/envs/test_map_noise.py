"""The map's noise: the statistics of every parameter, alone and in its condition, and when each is drawn."""

import math

import pytest
import torch

from legged_gym.config.checks import check_config
from legged_gym.envs.perceptive.map_noise import (
    EPISODE_XY,
    EPISODE_Z,
    FOOT_XY,
    FOOT_Z,
    OUTLIER_PROBABILITY,
    OUTLIER_SIZE,
    POINT_XY,
    POINT_Z,
    MapNoise,
    MapNoiseCfg,
)
from legged_gym.utils.errors import UserError

N, F, P = 2000, 4, 52


def make(factor: float = 1.0, num_envs: int = N, **settings: object) -> MapNoise:
    torch.manual_seed(0)
    cfg = MapNoiseCfg()
    for name, value in {"factor": factor, **settings}.items():
        setattr(cfg, name, value)
    return MapNoise(cfg, num_envs, F, P, torch.device("cpu"))


def only(parameters: dict[int, float]) -> torch.Tensor:
    z = torch.zeros(N, 8)
    for index, value in parameters.items():
        z[:, index] = value
    return z


def everyone() -> torch.Tensor:
    return torch.ones(N, dtype=torch.bool)


def nobody() -> torch.Tensor:
    return torch.zeros(N, dtype=torch.bool)


def test_point_noise_is_gaussian_and_independent_for_every_point_and_axis() -> None:
    noise = make()
    noise.fix(only({POINT_XY: 0.02}))
    xy, height = noise.draw()
    assert (height == 0.0).all()
    assert xy.std().item() == pytest.approx(0.02, rel=0.01)
    assert xy.mean().abs() < 1e-4
    flat = xy.reshape(-1)
    assert (flat.abs() > 0.04).float().mean().item() == pytest.approx(0.0455, rel=0.05)  # beyond two sigma
    across = (xy[:, :, 0] * xy[:, :, 1]).mean() / 0.02**2  # of two points of one foot
    axes = (xy[..., 0] * xy[..., 1]).mean() / 0.02**2
    assert abs(across.item()) < 0.03 and abs(axes.item()) < 0.03
    again, _ = noise.draw()
    assert abs((again * xy).mean().item() / 0.02**2) < 0.01


def test_point_height_noise() -> None:
    noise = make()
    noise.fix(only({POINT_Z: 0.03}))
    xy, height = noise.draw()
    assert (xy == 0.0).all()
    assert height.std().item() == pytest.approx(0.03, rel=0.01)
    assert abs((height[:, :, 0] * height[:, :, 1]).mean().item()) < 0.05 * 0.03**2


@pytest.mark.parametrize("index", [FOOT_XY, FOOT_Z])
def test_foot_noise_moves_all_points_of_a_foot_alike_and_each_foot_for_itself(index: int) -> None:
    noise = make()
    noise.fix(only({index: 0.05}))
    xy, height = noise.draw()
    values = xy[..., 0] if index == FOOT_XY else height
    other = height if index == FOOT_XY else xy
    assert (other == 0.0).all()
    assert (values == values[..., :1]).all()
    assert values[..., 0].std().item() == pytest.approx(0.05, rel=0.03)
    assert abs((values[:, 0, 0] * values[:, 1, 0]).mean().item()) < 0.1 * 0.05**2
    again_xy, again_height = noise.draw()
    assert not torch.equal(again_xy if index == FOOT_XY else again_height, xy if index == FOOT_XY else height)


def test_outliers_come_with_their_probability_and_size() -> None:
    noise = make()
    noise.fix(only({OUTLIER_SIZE: 0.2, OUTLIER_PROBABILITY: 0.3}))
    _, height = noise.draw()
    there = height != 0.0
    assert there.float().mean().item() == pytest.approx(0.3, rel=0.02)
    assert height[there].std().item() == pytest.approx(0.2, rel=0.02)


def test_an_outlier_adds_to_the_points_own_noise() -> None:
    noise = make()
    noise.fix(only({POINT_Z: 0.03, OUTLIER_SIZE: 0.04, OUTLIER_PROBABILITY: 1.0}))
    _, height = noise.draw()
    assert height.std().item() == pytest.approx(0.05, rel=0.01)


def test_episode_offsets_last_for_the_episode_and_differ_between_the_feet() -> None:
    noise = make()
    noise.fix(only({EPISODE_XY: 0.06, EPISODE_Z: 0.1}))
    noise.draw_episode(everyone(), nobody())
    xy, height = noise.draw()
    again_xy, again_height = noise.draw()
    assert torch.equal(xy, again_xy) and torch.equal(height, again_height)
    assert (xy == xy[:, :, :1]).all() and (height == height[:, :, :1]).all()
    assert xy[:, :, 0].std().item() == pytest.approx(0.06, rel=0.03)
    assert height[:, :, 0].std().item() == pytest.approx(0.1, rel=0.03)
    assert abs((height[:, 0, 0] * height[:, 1, 0]).mean().item()) < 0.1 * 0.1**2
    noise.draw_episode(nobody(), everyone())  # the middle of an episode keeps its offsets
    assert torch.equal(noise.draw()[1], height)
    begins = nobody()
    begins[0] = True
    noise.draw_episode(begins, nobody())
    changed = (noise.draw()[1] != height).flatten(1).any(dim=1)
    assert changed[0] and not changed[1:].any()


def test_conditions_are_drawn_by_their_probability_with_lengths_of_the_robot() -> None:
    noise = make()
    noise.draw_episode(everyone(), nobody())
    nominal = torch.tensor([0.0024, 0.003, 0.006, 0.024, 0.018, 0.05, 0.06, 0.06])
    offset = torch.tensor([0.0024, 0.003, 0.006, 0.06, 0.06, 0.02, 0.06, 0.06])
    noisy = torch.tensor([0.0024, 0.06, 0.06, 0.18, 0.18, 0.3, 0.06, 0.06])
    shares = [torch.isclose(noise.parameters, z).all(dim=1).float().mean().item() for z in (nominal, offset, noisy)]
    assert sum(shares) == pytest.approx(1.0)
    for share, probability in zip(shares, (0.6, 0.3, 0.1), strict=True):
        assert share == pytest.approx(probability, abs=3.5 * math.sqrt(probability * (1 - probability) / N))


def test_a_condition_lasts_until_the_middle_or_the_next_episode() -> None:
    noise = make()
    noise.draw_episode(everyone(), nobody())
    before = noise.parameters.clone()
    noise.draw_episode(nobody(), nobody())
    assert torch.equal(noise.parameters, before)
    halves = nobody()
    halves[: N // 2] = True
    noise.draw_episode(nobody(), halves)
    changed = (noise.parameters != before).any(dim=1)
    assert not changed[N // 2 :].any()
    # Another one of the three, with the probability 1 - (0.6^2 + 0.3^2 + 0.1^2).
    assert changed[: N // 2].float().mean().item() == pytest.approx(0.54, abs=0.06)


def test_the_factor_scales_every_parameter_the_probability_too() -> None:
    noise = make(factor=0.5)
    noise.fix(only({OUTLIER_SIZE: 0.2, OUTLIER_PROBABILITY: 0.4}))
    _, height = noise.draw()
    there = height != 0.0
    assert there.float().mean().item() == pytest.approx(0.2, rel=0.03)
    assert height[there].std().item() == pytest.approx(0.1, rel=0.03)
    noise.fix(only({FOOT_XY: 0.1, EPISODE_Z: 0.1}))
    noise.draw_episode(everyone(), nobody())
    xy, height = noise.draw()
    assert xy.std().item() == pytest.approx(0.05, rel=0.03)
    assert height.std().item() == pytest.approx(0.05, rel=0.03)


def test_at_factor_zero_the_map_is_perfect() -> None:
    noise = make(factor=0.0, missing_probability=1.0)
    noise.draw_episode(everyone(), nobody())
    xy, height = noise.draw()
    assert (xy == 0.0).all() and (height == 0.0).all()


def test_a_missing_map_is_nan_for_the_whole_robot() -> None:
    noise = make(missing_probability=0.25)
    noise.draw_episode(everyone(), nobody())
    missing = noise.draw()[1].isnan().flatten(1)
    assert (missing.all(dim=1) == missing.any(dim=1)).all()
    assert missing.any(dim=1).float().mean().item() == pytest.approx(0.25, abs=0.04)


def test_fixed_parameters_are_not_drawn_over() -> None:
    noise = make()
    z = torch.rand(N, 8) * 0.1
    noise.fix(z)
    noise.draw_episode(everyone(), everyone())
    assert torch.equal(noise.parameters, z)


@pytest.mark.parametrize(
    "conditions",
    [
        {"one": {"probability": 0.9, "z": [0.0] * 8}},
        {"one": {"probability": 1.0, "z": [0.0] * 7}},
        {"one": {"probability": 1.0, "z": [0.0] * 7 + [-0.1]}},
        {"one": {"probability": 1.0, "z": [0.0, 0.0, 0.0, 0.0, 0.0, 1.5, 0.0, 0.0]}},
    ],
)
def test_faulty_conditions_are_refused(conditions: dict) -> None:
    cfg = MapNoiseCfg()
    cfg.conditions = conditions
    with pytest.raises(UserError, match="map_noise.conditions"):
        check_config(cfg, "map_noise.")
