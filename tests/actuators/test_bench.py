"""The simulated test bench: its loads by hand, and that its logs cover what drives of walking legs go through."""

from dataclasses import replace

import numpy as np
import pytest

from legged_gym.actuators.bench import Ground, Load, record_log
from legged_gym.actuators.excitation import make_targets
from legged_gym.actuators.series_elastic import DriveParameters
from legged_gym.utils.errors import UserError


@pytest.fixture(scope="module")
def log():
    return record_log(2.0, 48, seed=5)


def test_load():
    """A lever of 0.5 kg m^2 that hangs at 60 degrees from the level, and one that the ground holds."""
    two = np.ones(2)
    load = Load(0.5 * two, 0.2 * two, 10.0 * two, 0.1 * two, 100.0 * two, 3.0 * two)
    ground = Ground(2, np.random.default_rng(0))
    ground.touches[1] = True
    ground.anchor[1], ground.velocity[1], ground.torque[1] = 1.0, 0.5, 7.0
    found = load.acceleration(20.0 * two, (0.1 + np.pi / 3) * two, 2.0 * two, ground)
    swinging = 20.0 - 0.2 * 2.0 - 10.0 * 0.5
    held = 7.0 - 100.0 * (0.1 + np.pi / 3 - 1.0) - 3.0 * (2.0 - 0.5)
    np.testing.assert_allclose(found, [swinging / 0.5, (swinging + held) / 0.5])


def test_ground_comes_and_goes():
    ground = Ground(200, np.random.default_rng(0))
    position, share = np.linspace(-1.0, 1.0, 200), []
    ground.step(position, 0.005)
    np.testing.assert_array_equal(ground.anchor, position)
    for _ in range(1000):
        before = ground.anchor.copy()
        moved = before + 0.005 * ground.velocity
        ground.step(position, 0.005)
        assert np.isclose(ground.anchor, moved).sum() + (ground.anchor == position).sum() >= 200
        share.append(ground.touches.mean())
    assert 0.4 < np.mean(share) < 0.6


def test_logs_are_repeatable(log):
    short = record_log(0.1, 3, seed=5)
    again = record_log(0.1, 3, seed=5)
    other = record_log(0.1, 3, seed=6)
    for name in ("position_target", "position", "velocity", "torque"):
        assert getattr(log, name).shape == (400, 48)
        np.testing.assert_array_equal(getattr(short, name), getattr(again, name))
        assert not np.array_equal(getattr(short, name), getattr(other, name))
    assert log.sample_time == 0.005 and log.joints[::47] == ["drive_1", "drive_48"]


def test_logs_cover_walking(log):
    """Up to the torque limit, beyond 10 rad/s, errors of a radian; and nothing that no drive can do."""
    assert 80.0 < np.abs(log.torque).max() < 110.0
    assert np.percentile(np.abs(log.torque), 90) > 20.0
    assert np.percentile(np.abs(log.velocity), 97) > 7.0
    assert np.abs(log.velocity).max() < 50.0
    assert np.abs(log.position_target - log.position).max() > 1.0


def test_velocity_is_that_of_the_position(log):
    difference = np.diff(log.position, axis=0) / 0.005
    middle = 0.5 * (log.velocity[1:] + log.velocity[:-1])
    assert np.sqrt(np.mean((difference - middle) ** 2)) < 0.1 * np.sqrt(np.mean(middle**2))


def test_late_targets_change_the_log():
    """Nothing but the bus differs: a target's change shows in the torque after its delay, not before."""
    usual = replace(DriveParameters(), bus_jitter=0.0, bus_delay=0.0)
    late = replace(usual, bus_delay=0.010)
    now, then = (record_log(0.4, 24, 1, parameters) for parameters in (usual, late))
    np.testing.assert_array_equal(now.position_target, then.position_target)
    changed = np.argmax(np.diff(now.position_target, axis=0) != 0.0, axis=0) + 1
    differs = np.argmax(np.abs(now.torque - then.torque) > 1e-9, axis=0)
    moved = np.diff(now.position_target, axis=0).any(axis=0)
    assert moved.sum() > 12
    assert (differs[moved] == changed[moved] + 1).all()


def test_targets_keep_to_their_speed_and_range():
    targets = make_targets(4000, 8, 0.005, np.random.default_rng(0))
    assert targets.shape == (4000, 8)
    assert 0.3 < targets.std() < 0.7 and np.abs(targets).max() < 4.0
    assert (np.diff(targets, axis=0) == 0.0).mean() > 0.5


def test_too_short():
    with pytest.raises(UserError, match="a log of 0.01 s is too short; expected 0.015 s or more"):
        record_log(0.01, 1, 1)


@pytest.mark.parametrize(("duration", "drives"), [(1e9, 12), (60.0, 10**9), (1e300, 1)])
def test_a_log_that_would_never_end(duration, drives):
    with pytest.raises(UserError, match=r"are more than 1e\+07 rows of a drive"):
        record_log(duration, drives, 1)
