import numpy as np
import pytest

from legged_gym.config.io import class_to_dict
from legged_gym.deploy.map_noise import CONDITIONS, LENGTH_SCALE, noise_of
from legged_gym.envs.perceptive.map_noise import MapNoiseCfg
from legged_gym.utils.errors import UserError

FEET, POINTS = 4, 52
TRAINING = class_to_dict(MapNoiseCfg)


def draws(name: str, trials: int = 1, steps: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Offsets [trials, steps, F, P, 2] and heights [trials, steps, F, P]."""
    noise, rng = noise_of(name, TRAINING, FEET, POINTS), np.random.default_rng(0)
    assert noise is not None
    xy, height = [], []
    for _ in range(trials):
        noise.begin(rng)
        drawn = [noise.draw() for _ in range(steps)]
        xy.append([step[0] for step in drawn])
        height.append([step[1] for step in drawn])
    return np.array(xy), np.array(height)


def test_conditions_are_those_of_training() -> None:
    training = MapNoiseCfg.conditions
    for name, condition in training.items():
        assert list(CONDITIONS[name]) == condition["z"]
    assert MapNoiseCfg.length_scale == LENGTH_SCALE


@pytest.mark.parametrize("name", ["noisy", "small"])
def test_each_part_has_its_deviation(name: str) -> None:
    z = CONDITIONS[name]
    xy, height = draws(name)
    within_foot = xy - xy.mean(axis=3, keepdims=True)
    shrink = np.sqrt(1 - 1 / POINTS)  # of a deviation from the mean of the points
    assert within_foot.std() == pytest.approx(0.6 * z.point_xy * shrink, rel=0.02)
    outliers = z.outlier_probability * z.outlier_size**2
    within_foot = height - height.mean(axis=3, keepdims=True)
    assert within_foot.std() == pytest.approx(0.6 * np.sqrt(z.point_z**2 + outliers) * shrink, rel=0.02)
    # What a foot's points share changes at each step, around what stays for the trial.
    shared = xy.mean(axis=3)
    assert shared.std(axis=1).mean() == pytest.approx(0.6 * z.foot_xy, rel=0.05)
    shared = height.mean(axis=3)
    assert shared.std(axis=1).mean() == pytest.approx(0.6 * z.foot_z, rel=0.05)


def test_offsets_last_for_a_trial_and_differ_between_feet() -> None:
    xy, height = draws("small", trials=200, steps=40)
    per_trial = np.concatenate((xy.mean(axis=(1, 3)), height.mean(axis=(1, 3))[..., None]), axis=-1)  # [trials, F, 3]
    assert per_trial.std(axis=0) == pytest.approx(np.full((FEET, 3), 0.06), rel=0.2)
    assert abs(np.corrcoef(per_trial[:, 0, 0], per_trial[:, 1, 0])[0, 1]) < 0.25


def test_an_outlier_is_rare_and_large() -> None:
    _, height = draws("nominal")
    residual = height - np.median(height, axis=3, keepdims=True)
    assert (np.abs(residual) > 5 * 0.6 * 0.005).mean() == pytest.approx(0.05 * 0.40, rel=0.1)  # |N(0, 18 mm)| > 15 mm


def test_training_meets_each_condition_as_often_as_it_should() -> None:
    noise = noise_of("trained", TRAINING, FEET, POINTS)
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
    training = {"conditions": {"odd": condition}, "length_scale": 2.0, "missing_probability": 0.25}
    noise = noise_of("trained", training, FEET, POINTS)
    assert noise is not None
    missing = []
    for seed in range(2000):
        noise.begin(np.random.default_rng(seed))
        missing.append(noise.missing)
    assert np.mean(missing) == pytest.approx(0.25, abs=0.03)
    assert noise.parameters == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 0.6, 1.4, 1.6])
    without = next(seed for seed, none in enumerate(missing) if none)
    noise.begin(np.random.default_rng(without))
    xy, height = noise.draw()
    assert np.isnan(height).all() and np.isfinite(xy).all()


def test_names() -> None:
    assert noise_of("none", TRAINING, FEET, POINTS) is None
    with pytest.raises(UserError, match="unknown map noise 'nominl'; did you mean nominal"):
        noise_of("nominl", TRAINING, FEET, POINTS)
