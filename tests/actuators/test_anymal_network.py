"""The network that is shipped for ANYmal C, on drives and loads that it has never met."""

import numpy as np
import pytest
import torch

from legged_gym.actuators.bench import SAMPLE_TIME, TIME_STEP, Ground, Load, record_log
from legged_gym.actuators.excitation import make_targets
from legged_gym.actuators.logs import ActuatorLog
from legged_gym.actuators.networks import load_network
from legged_gym.actuators.series_elastic import DriveParameters, SeriesElasticDrive, arrived_targets
from legged_gym.actuators.training import ideal_pd, predict, rmse, split
from legged_gym.utils.paths import in_project

DRIVES = 8


@pytest.fixture(scope="module")
def network():
    return load_network(in_project("{ROOT}/resources/actuator_nets/anymal_c_lstm.pt"), "cpu")


def test_torque_on_a_new_log(network):
    log = record_log(2.0, 48, seed=77)
    unused = ActuatorLog(["any"], log.sample_time, *(np.zeros((1400, 1)) for _ in range(4)))  # to learn from: 7 s
    series = split([unused], [log]).held_out
    assert rmse(predict(network, series), series) < rmse(ideal_pd(series, 80.0, 2.0, 80.0), series) / 3.0


def test_holds_still_and_saturates(network):
    """Kp times the error, the limit where that is too much, and right after a reset little without an error."""
    error = torch.tensor([0.0, 0.1, -0.3, 3.0, -50.0]).expand(40, -1).contiguous()
    torques = network.unroll(error, torch.zeros_like(error), network.initial_state(5, "cpu"))
    np.testing.assert_allclose(torques[-1].clamp(-80.0, 80.0), [0.0, 8.0, -24.0, 80.0, -80.0], atol=1.5)
    assert torques[:, 0].abs().max() < 3.0
    assert torques.abs().max() < 90.0


def with_drives(load, targets):
    """Positions [T, D] of loads on series-elastic drives."""
    p, steps = DriveParameters(), round(SAMPLE_TIME / TIME_STEP)
    arrived = arrived_targets(targets, np.full_like(targets, p.bus_delay + 0.5 * p.bus_jitter), steps, TIME_STEP)
    q, qd, air = targets[0].copy(), np.zeros(DRIVES), Ground(DRIVES, np.random.default_rng(0))
    drive = SeriesElasticDrive(p, q, TIME_STEP)
    positions = []
    for i, target in enumerate(arrived):
        if i % steps == 0:
            positions.append(q.copy())
        acceleration = load.acceleration(drive.torque(q), q, qd, air)
        drive.step(target, q, qd)
        qd += acceleration * TIME_STEP
        q += qd * TIME_STEP
    return np.array(positions)


def with_law(load, targets, law):
    """Positions of loads under a law of torques that hold for a sample, as in a physics engine."""
    q, qd, air = targets[0].copy(), np.zeros(DRIVES), Ground(DRIVES, np.random.default_rng(0))
    positions = []
    for target in targets:
        positions.append(q.copy())
        qd += SAMPLE_TIME * load.acceleration(np.clip(law(target - q, qd), -80.0, 80.0), q, qd, air)
        q += SAMPLE_TIME * qd
    return np.array(positions)


def test_closed_loop(network):
    """From a shank's inertia to a leg's, it moves a load nearly as the drives do: much nearer than the PD."""
    rng = np.random.default_rng(5)
    targets, load = make_targets(400, DRIVES, SAMPLE_TIME, rng), Load.drawn(DRIVES, rng)
    load.inertia[:] = np.geomspace(0.015, 0.6, DRIVES)
    state = network.initial_state(DRIVES, "cpu")

    def learned(error, velocity):
        nonlocal state
        torque, state = network(torch.from_numpy(error).float(), torch.from_numpy(velocity).float(), state)
        return torque.double().numpy()

    true = with_drives(load, targets)
    own, ideal = (
        np.sqrt(np.mean(np.square(with_law(load, targets, law) - true)))
        for law in (learned, lambda error, velocity: 80.0 * error - 2.0 * velocity)
    )
    assert own < 0.04
    assert own < 0.5 * ideal
