"""Training of actuator networks, on drives whose torque one can write down."""

import numpy as np
import pytest
import torch

from legged_gym.actuators import training
from legged_gym.actuators.logs import ActuatorLog
from legged_gym.actuators.networks import LSTMActuator, MLPActuator
from legged_gym.actuators.training import Series, ideal_pd, predict, rmse, split, train
from legged_gym.utils.errors import UserError


def make_log(rows=3000, joints=4, seed=0, sample_time=0.005, name="log"):
    """A linear PD that hears of its inputs a step late: torque = 40 error - 1 velocity, of the row before."""
    rng = np.random.default_rng(seed)
    smooth = np.ones(5) / 5
    values = [np.apply_along_axis(np.convolve, 0, rng.normal(size=(rows + 4, joints)), smooth, "valid") for _ in "abc"]
    target, position, velocity = 0.5 * values[0], 0.5 * values[1], 8.0 * values[2]
    torque = np.zeros_like(target)
    torque[1:] = 40.0 * (target - position)[:-1] - 1.0 * velocity[:-1]
    return ActuatorLog([f"j{i}" for i in range(joints)], sample_time, target, position, velocity, torque, name)


@pytest.mark.parametrize("kind", [LSTMActuator, MLPActuator])
def test_learns_a_late_pd(kind, monkeypatch):
    monkeypatch.setattr(training, "WINDOW", 50)
    monkeypatch.setattr(training, "BATCH", 8)
    torch.manual_seed(0)
    network = kind(0.005)
    parts = split([make_log(rows=1500)], [])
    curve = train(network, parts, epochs=30, seed=0)
    error = rmse(predict(network, parts.held_out), parts.held_out)
    ideal = rmse(ideal_pd(parts.held_out, 40.0, 1.0, 80.0), parts.held_out)
    assert error < 0.2 * ideal
    assert len(curve.train) == len(curve.validation) == 30
    best = rmse(predict(network, parts.validation), parts.validation)
    assert best == pytest.approx(min(curve.validation)) == pytest.approx(curve.validation[curve.best])


def test_parts_are_stretches_of_their_own():
    """Of 3000 rows, 2999 steps: 85 and 15 % with logs held out whole, else 70, 15 and 15 %."""
    log, other = make_log(), make_log(rows=2000, seed=1)
    error = log.position_target - log.position
    parts = split([log], [other])
    lengths = [
        [len(part.torque) for part in stretches] for stretches in (parts.train, parts.validation, parts.held_out)
    ]
    assert lengths == [[2549], [450], [1999]]
    np.testing.assert_allclose(torch.cat((parts.train[0].error, parts.validation[0].error)), error[:-1], rtol=1e-6)
    parts = split([log, other], [])
    whole = [
        torch.cat([stretches[i].error for stretches in (parts.train, parts.validation, parts.held_out)]) for i in (0, 1)
    ]
    np.testing.assert_allclose(whole[0], error[:-1], rtol=1e-6)
    assert [len(part.error) for part in parts.held_out] == [450, 300]
    assert len(whole[1]) == 1999


def test_torque_is_the_mean_of_a_step():
    log = make_log()
    parts = split([log], [])
    np.testing.assert_allclose(parts.train[0].torque[7], 0.5 * (log.torque[7] + log.torque[8]), rtol=1e-6)
    np.testing.assert_allclose(parts.train[0].velocity[7], log.velocity[7], rtol=1e-6)


def test_input_limits():
    parts = split([make_log()], [])
    error, velocity = parts.train[0].error, parts.train[0].velocity
    assert parts.input_limits == [float(error.abs().max()), float(velocity.abs().max())]


def test_what_cannot_be_split():
    with pytest.raises(UserError, match="late.csv has a row every 0.0025 s, but log every 0.005 s"):
        split([make_log()], [make_log(sample_time=0.0025, name="late.csv")])
    with pytest.raises(UserError, match=r"short.csv is too short: 6.67 s, expected 6.675 s or more"):
        split([make_log(rows=1334, name="short.csv")], [])
    split([make_log(rows=1335)], [make_log(rows=201)])
    with pytest.raises(UserError, match="short.csv is too short: 1 s, expected 1.005 s or more"):
        split([make_log()], [make_log(rows=200, name="short.csv")])


def test_ideal_pd_and_its_error():
    part = Series(torch.tensor([[0.1], [2.0]]), torch.tensor([[1.0], [0.0]]), torch.tensor([[5.0], [80.0]]))
    (torque,) = ideal_pd([part], stiffness=80.0, damping=2.0, torque_limit=80.0)
    torch.testing.assert_close(torque, torch.tensor([[6.0], [80.0]]))


def test_error_leaves_the_warm_up_out():
    """Two stretches of 2 and 1 steps after it: errors 3, 0 and 6 N m, so the root of 15."""
    lengths = training.WARM_UP + 2, training.WARM_UP + 1
    series = [Series(torch.zeros(n, 1), torch.zeros(n, 1), torch.zeros(n, 1)) for n in lengths]
    predicted = [torch.full((n, 1), 100.0) for n in lengths]
    predicted[0][-2:, 0] = torch.tensor([3.0, 0.0])
    predicted[1][-1] = -6.0
    assert rmse(predicted, series) == pytest.approx(15.0**0.5)


def test_windows_are_stretches_of_one_joint():
    values = torch.arange(400.0)[:, None] + torch.tensor([0.0, 1000.0, 2000.0])
    part = Series(values, values, values)
    error, _, _ = training._windows([part], offset=30)
    assert error.shape == (100, 9)
    assert (error[1:] - error[:-1] == 1.0).all()
    assert sorted(error[0].tolist()) == sorted(k + 1000.0 * j for j in range(3) for k in (30.0, 130.0, 230.0))


def test_seed_decides():
    parts = split([make_log(rows=1500, joints=1)], [])
    weights = []
    for seed in (3, 3, 4):
        torch.manual_seed(0)
        network = MLPActuator(0.005)
        train(network, parts, epochs=2, seed=seed)
        weights.append(torch.nn.utils.parameters_to_vector(network.parameters()))
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_log_is_given_once():
    log, twin = make_log(name="a"), make_log(name="b")
    with pytest.raises(UserError, match="b holds what a does: give each log once"):
        split([log], [twin])
    with pytest.raises(UserError, match="b holds what a does"):
        split([log, twin], [])
