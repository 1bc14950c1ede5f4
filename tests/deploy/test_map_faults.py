from typing import Any

import numpy as np
import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.ground import Ground
from legged_gym.deploy.map_faults import CONDITIONS, LENGTH_SCALE, MapFaults, faults_of
from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.sensors.map_conditions import NO_NOISE, MapNoiseParameters
from legged_gym.terrain.config import TerrainCfg
from legged_gym.terrain.terrain import Terrain
from legged_gym.utils.errors import UserError

TRAINING = class_to_dict(MapNoiseCfg)
FEET = np.array([[0.19, 0.14], [0.19, -0.14], [-0.19, 0.14], [-0.19, -0.14]])
"""As a Go2's, m."""
CELL = 0.05


class PlaneCfg(TerrainCfg):
    mesh_type = "plane"


class Slope(Ground):
    """Height 2 x - 3 y."""

    def sample(self, points: np.ndarray) -> np.ndarray:
        return points @ np.array([2.0, -3.0])


FLAT = Ground(Terrain(PlaneCfg(), 1))
STEPS = CELL * np.arange(-12, 13)
CELLS = np.stack(np.meshgrid(STEPS, STEPS, indexing="ij"), axis=-1)
"""Around the robot, which looks along x."""


def faults(z: MapNoiseParameters, nodes: np.ndarray = FEET, seed: int = 0) -> MapFaults:
    made = MapFaults([(1.0, z)], nodes)
    made.begin(np.random.default_rng(seed))
    return made


def reads(made: MapFaults, steps: int, ground: Ground = FLAT) -> np.ndarray:
    return np.array([made.read(ground, CELLS, CELLS) for _ in range(steps)])


def at_feet(heights: np.ndarray) -> np.ndarray:
    """Bilinear samples of maps [..., R, C] at the feet [..., F]."""
    place = (FEET - STEPS[0]) / CELL
    cell = np.floor(place).astype(int)
    (x, y), (a, b) = cell.T, (place - cell).T
    near = (1 - b) * heights[..., x, y] + b * heights[..., x, y + 1]
    return (1 - a) * near + a * ((1 - b) * heights[..., x + 1, y] + b * heights[..., x + 1, y + 1])


def test_probabilities_need_not_sum_to_one_to_the_last_digit() -> None:
    """Three conditions of 0.3333333 each can be trained with; NumPy draws from none that are 1e-7 short of 1."""
    mix = [(0.3333333, NO_NOISE._replace(foot_z=value)) for value in (0.1, 0.2, 0.3)]
    made = MapFaults(mix, FEET)
    made.begin(np.random.default_rng(0))
    drawn = []
    for _ in range(3000):
        made.change()
        drawn.append(made.parameters.foot_z)
    assert np.unique(drawn, return_counts=True)[1] == pytest.approx([1000] * 3, abs=100)


def test_conditions_are_those_of_training() -> None:
    for name, condition in MapNoiseCfg.conditions.items():
        assert list(CONDITIONS[name]) == condition["z"]
    assert MapNoiseCfg.length_scale == LENGTH_SCALE


def test_a_map_without_faults_is_the_ground() -> None:
    slope = Slope(Terrain(PlaneCfg(), 1))
    np.testing.assert_allclose(faults(NO_NOISE).read(slope, CELLS, CELLS), slope.sample(CELLS), atol=1e-12)


def test_a_cells_own_noise_and_outliers_add_up() -> None:
    heights = reads(faults(NO_NOISE._replace(point_z=0.03, outlier_size=0.1, outlier_probability=0.05)), 300)
    assert heights.std() == pytest.approx(np.sqrt(0.03**2 + 0.05 * 0.1**2), rel=0.02)
    assert (np.abs(heights) > 0.15).mean() == pytest.approx(0.05 * 0.151, rel=0.15)  # of N(0, 0.104 m): beyond 0.15 m


def test_what_a_foots_samples_share_is_new_at_each_step() -> None:
    heights = at_feet(reads(faults(NO_NOISE._replace(foot_z=0.04)), 4000))
    assert heights.std(axis=0) == pytest.approx(np.full(4, 0.04), rel=0.06)
    assert np.abs(np.corrcoef(heights.T) - np.eye(4)).max() < 0.1
    assert abs(np.corrcoef(heights[1:, 0], heights[:-1, 0])[0, 1]) < 0.1


def test_the_field_is_smooth_between_the_feet() -> None:
    heights = reads(faults(NO_NOISE._replace(episode_z=0.1)), 1)[0]
    lowest, highest = at_feet(heights).min(), at_feet(heights).max()
    steps = np.abs(np.diff(heights, axis=0)).max(), np.abs(np.diff(heights, axis=1)).max()
    assert max(steps) < 0.6 * (highest - lowest) and highest - lowest > 0.05
    assert heights.min() >= lowest - 0.02 and heights.max() <= highest + 0.02


def test_offsets_last_for_a_trial() -> None:
    z = NO_NOISE._replace(episode_z=0.1)
    trials = np.array([at_feet(reads(faults(z, seed=seed), 2)) for seed in range(400)])
    np.testing.assert_allclose(trials[:, 0], trials[:, 1], atol=1e-12)
    assert trials[:, 0].std(axis=0) == pytest.approx(np.full(4, 0.1), rel=0.15)


@pytest.mark.parametrize("name", ["foot_xy", "episode_xy"])
def test_horizontal_offsets_move_where_the_ground_is_read(name: str) -> None:
    """On a slope of 2 along x and -3 along y, deviations of 0.1 m make one of 0.1 sqrt(13) m."""
    slope, z = Slope(Terrain(PlaneCfg(), 1)), NO_NOISE._replace(**{name: 0.1})
    errors = [at_feet(faults(z, seed=seed).read(slope, CELLS, CELLS) - slope.sample(CELLS)) for seed in range(600)]
    assert np.std(errors) == pytest.approx(0.1 * np.sqrt(13.0), rel=0.06)


def test_one_node_is_the_same_all_over_the_map() -> None:
    heights = reads(faults(NO_NOISE._replace(foot_z=0.1, episode_z=0.1), np.zeros((1, 2))), 500)
    assert np.ptp(heights, axis=(1, 2)).max() < 1e-12
    assert heights.std() == pytest.approx(0.1, rel=0.1)


def test_training_meets_each_condition_as_often_as_it_should() -> None:
    noise = faults_of("trained", TRAINING, FEET)
    assert noise is not None
    noise.begin(np.random.default_rng(1))
    seen = []
    for _ in range(2000):
        noise.change()
        seen.append(round(noise.parameters.foot_z / LENGTH_SCALE, 6))
    assert [seen.count(value) / 2000 for value in (0.04, 0.1, 0.3)] == pytest.approx([0.6, 0.3, 0.1], abs=0.03)
    assert noise.parameters.outlier_probability in (0.05, 0.02, 0.3)  # no length


def test_what_training_means_is_the_tasks_own() -> None:
    condition = {"probability": 1.0, "z": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}
    training: dict[str, Any] = {"conditions": {"odd": condition}, "length_scale": 2.0, "missing_probability": 0.25}
    noise = faults_of("trained", training, FEET)
    assert noise is not None
    missing = []
    for seed in range(2000):
        noise.begin(np.random.default_rng(seed))
        missing.append(noise.missing)
    assert np.mean(missing) == pytest.approx(0.25, abs=0.03)
    assert noise.parameters == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 0.6, 1.4, 1.6])
    noise.begin(np.random.default_rng(next(seed for seed, none in enumerate(missing) if none)))
    assert np.isnan(noise.read(FLAT, CELLS, CELLS)).all()


def test_names() -> None:
    assert faults_of("none", TRAINING, FEET) is None
    assert faults_of("trained", {}, FEET) is None  # a height scan's training has no conditions
    with pytest.raises(UserError, match="unknown map noise 'nominl'; did you mean nominal"):
        faults_of("nominl", TRAINING, FEET)
