import math

import pytest
import torch

from rsl_rl.algorithms import losses


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected"),
    [
        (1.1, 2.0, -2.2),  # within the clip: -ratio * advantage
        (1.5, 2.0, -2.4),  # no more gain beyond 1.2
        (0.5, 2.0, -1.0),  # but the loss of moving away counts in full
        (0.5, -2.0, 1.6),  # no more gain below 0.8
        (1.5, -2.0, 3.0),
    ],
)
def test_surrogate_clipping_by_hand(ratio, advantage, expected):
    old = torch.tensor([-1.0])
    loss = losses.surrogate_loss(old + math.log(ratio), old, torch.tensor([advantage]), clip=0.2)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


def test_surrogate_has_no_gradient_beyond_the_clip_and_averages():
    log_prob = torch.tensor([math.log(1.5), 0.0], requires_grad=True)
    loss = losses.surrogate_loss(log_prob, torch.zeros(2), torch.tensor([2.0, 4.0]), clip=0.2)
    loss.backward()
    assert loss.item() == pytest.approx(-(2.4 + 4.0) / 2)
    assert log_prob.grad is not None
    torch.testing.assert_close(log_prob.grad, torch.tensor([0.0, -2.0]))


@pytest.mark.parametrize(
    ("value", "old", "target", "clip", "expected"),
    [
        (1.1, 1.0, 2.0, 0.2, 0.81),  # within the clip
        (1.5, 1.0, 2.0, 0.2, 0.64),  # clipped to 1.2: the larger error counts
        (1.5, 1.0, 1.0, 0.2, 0.25),  # moved away from the target: unclipped error is larger
        (1.5, 1.0, 2.0, None, 0.25),
    ],
)
def test_value_clipping_by_hand(value, old, target, clip, expected):
    loss = losses.value_loss(torch.tensor([value]), torch.tensor([old]), torch.tensor([target]), clip)
    assert loss.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("rate", "kl", "expected"),
    [
        (1e-3, 0.021, 1e-3 / 1.5),
        (1e-3, 0.019, 1e-3),
        (1e-3, 0.006, 1e-3),
        (1e-3, 0.004, 1.5e-3),
        (1e-3, 0.0, 1.5e-3),
        (1e-3, float("nan"), 1e-3),
        (1.2e-5, 1.0, 1e-5),
        (9e-3, 0.001, 1e-2),
    ],
)
def test_learning_rate_schedule(rate, kl, expected):
    adapted = losses.adapted_learning_rate(torch.tensor(rate), torch.tensor(kl), desired_kl=0.01)
    assert adapted.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("rate", "kl", "expected"),
    [
        (1e-3, 0.01, 1e-3),
        (1e-3, 0.0121, 1e-3 / 1.1),
        (1e-3, 0.0064, 1.25e-3),
        (1e-3, 1.0, 1e-3 / 1.5),
        (1e-3, 0.0, 1.5e-3),
        (1e-3, float("nan"), 1e-3),
        (1.2e-5, 1.0, 1e-5),
        (9e-3, 0.0, 1e-2),
    ],
)
def test_steered_learning_rate(rate, kl, expected):
    steered = losses.steered_learning_rate(torch.tensor(rate), torch.tensor(kl), desired_kl=0.01)
    assert steered.item() == pytest.approx(expected, rel=1e-5)
