"""The simulated drive against what one can work out by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from legged_gym.actuators.series_elastic import DriveParameters, SeriesElasticDrive, arrived_targets

DT = 2.0e-4
USUAL = DriveParameters()
SMOOTH = replace(USUAL, coulomb_friction=0.0, static_friction=0.0, viscous_friction=0.0)
PASSIVE = replace(SMOOTH, motor_torque_limit=0.0)


def locked(parameters, targets, num=1):
    """Torques [T, D] of drives whose joints are held at 0, for targets [T] or [T, D]."""
    drive = SeriesElasticDrive(parameters, np.zeros(num), DT)
    torques = []
    for target in targets:
        drive.step(np.broadcast_to(target, num), np.zeros(num), np.zeros(num))
        torques.append(drive.torque(np.zeros(num)))
    return np.array(torques), drive


def test_spring_deflects_by_torque_over_stiffness():
    """A held joint whose target is 0.25 rad away: 20 N m, so a deflection of 20/600 rad."""
    torques, drive = locked(SMOOTH, [0.25] * 2500)
    assert torques[-1] == pytest.approx(20.0, rel=1e-6)
    assert drive.motor_position == pytest.approx(20.0 / 600.0, rel=1e-6)
    assert drive.motor_velocity == pytest.approx(0.0, abs=1e-9)


def test_torque_loop_keeps_friction_small():
    """Of the static friction of 2 N m, 1/(1 + K_p) is left: 2 / 11.84 N m."""
    torques, _ = locked(USUAL, [0.25] * 2500)
    left = USUAL.static_friction / ((2 * math.pi * 60) ** 2 * 0.05 / 600)
    assert abs(torques[-1, 0] - 20.0) <= left
    assert left == pytest.approx(0.169, abs=1e-3)


def test_torque_saturates():
    torques, _ = locked(SMOOTH, np.full((2500, 2), (3.0, -3.0)), num=2)
    np.testing.assert_allclose(torques[-1], [80.0, -80.0], rtol=1e-6)


def test_torque_loop_has_its_bandwidth():
    """At 60 Hz a second-order system of damping 0.8 lags by 90 degrees, with the gain 1 / (2 * 0.8)."""
    time = DT * np.arange(1, 5001)
    omega = 2 * math.pi * 60.0
    torques, _ = locked(SMOOTH, 0.01 * np.sin(omega * (time - DT)))
    late = time > 0.5
    wave = np.stack((np.sin(omega * time[late]), np.cos(omega * time[late])), axis=1)
    in_phase, quadrature = np.linalg.lstsq(wave, torques[late, 0], rcond=None)[0] / 0.8
    assert quadrature == pytest.approx(-1 / 1.6, rel=0.06)
    assert abs(in_phase) < 0.06


def test_motor_accelerates_by_torque_over_inertia():
    """With all its 110 N m: 2200 rad/s^2. Passive, by a spring twisted by 0.1 rad: 60 N m, 1200 rad/s^2."""
    drive = SeriesElasticDrive(SMOOTH, np.zeros(2), DT)
    drive.step(np.array([5.0, -5.0]), np.zeros(2), np.zeros(2))
    np.testing.assert_allclose(drive.motor_velocity / DT, [2200.0, -2200.0])
    drive = SeriesElasticDrive(PASSIVE, np.zeros(1), DT)
    drive.step(np.array([5.0]), np.array([0.1]), np.zeros(1))
    np.testing.assert_allclose(drive.motor_velocity / DT, 1200.0)


def test_voltage_limits_driving_alone():
    """At 15 rad/s, half way from the corner to the limit, half of the torque; for braking all of it."""
    drive = SeriesElasticDrive(SMOOTH, np.zeros(4), DT)
    drive.motor_velocity[:] = before = np.array([15.0, 15.0, -15.0, 25.0])
    drive.step(np.array([5.0, -5.0, -5.0, 5.0]), np.zeros(4), before)
    np.testing.assert_allclose((drive.motor_velocity - before) * 0.05 / DT, [55.0, -110.0, -55.0, 0.0], atol=1e-9)


def test_friction():
    """2 N m to break loose, then 1.5 N m and 0.15 N m s/rad."""
    drive = SeriesElasticDrive(replace(USUAL, motor_torque_limit=0.0), np.zeros(4), DT)
    drive.motor_velocity[:] = [10.0, -10.0, 0.0, 0.045]
    np.testing.assert_allclose(drive.friction(), [3.0, -3.0, 0.0, 1.88], atol=0.02)
    drive.motor_velocity[:] = 0.0
    twist = np.array([1.9, -1.9, 0.0, 3.0]) / 600.0
    for _ in range(500):
        drive.step(np.zeros(4), twist, np.zeros(4))
    moved = np.abs(drive.motor_position) / np.abs(twist).max()
    assert (np.abs(drive.torque(twist)) < 2.0).all()
    assert moved[3] > 0.1 and moved[2] == 0.0


def energy(drive, inertia, position, velocity):
    p = drive.parameters
    spring = p.spring_stiffness * (drive.motor_position - position) ** 2
    return 0.5 * float((p.motor_inertia * drive.motor_velocity**2 + inertia * velocity**2 + spring)[0])


def swing(parameters, steps):
    """Energies while a twisted spring swings a free lever of 0.2 kg m^2 against the motor."""
    drive, inertia = SeriesElasticDrive(parameters, np.zeros(1), DT), 0.2
    q, qd = np.array([0.05]), np.zeros(1)
    energies = []
    for _ in range(steps):
        acceleration = drive.torque(q) / inertia
        drive.step(np.array([1.0]), q, qd)
        qd += acceleration * DT
        q += qd * DT
        energies.append(energy(drive, inertia, q, qd))
    return np.array(energies)


def test_passive_energy_does_not_grow():
    start = 0.5 * 600.0 * 0.05**2
    free = swing(PASSIVE, 5000)
    np.testing.assert_allclose(free, start, rtol=0.03)
    assert free[-1000:].mean() == pytest.approx(free[:1000].mean(), rel=2e-3)
    braked = swing(replace(USUAL, motor_torque_limit=0.0), 5000)
    assert braked.max() <= 1.03 * start
    assert braked[-1] < 0.02 * start


def test_target_delay_is_a_shift():
    """A bus that takes 3 ms: the torque of a drive without, 15 steps later."""
    targets = np.repeat(np.random.default_rng(0).normal(0.0, 0.2, 40), 25)[::25, None]
    now = arrived_targets(targets, np.zeros_like(targets), 25, DT)
    late = arrived_targets(targets, np.full_like(targets, 0.003), 25, DT)
    np.testing.assert_array_equal(now[:, 0], np.repeat(targets[:, 0], 25))
    np.testing.assert_array_equal(late[15:], now[:-15])
    np.testing.assert_array_equal(late[:15], targets[0, 0])
    held = [np.full((15, 1), targets[0, 0]), now]
    np.testing.assert_allclose(locked(USUAL, late)[0], locked(USUAL, np.concatenate(held))[0][: len(late)])


def test_overtaken_targets_are_dropped():
    """Two steps a sample: the second target comes after the third, the last too late for the log."""
    targets = np.array([[1.0], [2.0], [3.0], [4.0]])
    arrived = arrived_targets(targets, np.array([[0.0], [4.0], [1.0], [9.0]]), 2, 1.0)
    np.testing.assert_array_equal(arrived[:, 0], [1, 1, 1, 1, 1, 3, 3, 3])
