"""Updates of weights, against PyTorch's Adam and clipping."""

import copy
import functools
import operator

import pytest
import torch

from rsl_rl.algorithms.updater import LEAST_RATE, Updater
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError


class Line:
    """y = a x + b fitted to the sample that ``x`` tells, target 1."""

    def __init__(self, **settings):
        self.a, self.b = (torch.nn.Parameter(torch.tensor([value])) for value in (2.0, -1.0))
        self.x = torch.zeros(1)
        self.called = []
        self.updater = Updater(
            [self.a, self.b], ["error", "size"], [self.x], self.compute, Distributed(), False, **settings
        )

    def compute(self):
        error = (self.a * self.x + self.b - 1.0).square().sum()
        self.updater.differentiate(error, (error, self.a.abs().sum()))

    def step(self, x):
        self.x.fill_(x)
        self.updater.step()


def reference(samples, max_grad_norm, learning_rate=0.1):
    a, b = (torch.nn.Parameter(torch.tensor([value])) for value in (2.0, -1.0))
    adam = torch.optim.Adam([a, b], lr=learning_rate)
    for x in samples:
        adam.zero_grad()
        (a * x + b - 1.0).square().sum().backward()
        if max_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_([a, b], max_grad_norm)
        adam.step()
    return a.detach(), b.detach()


@pytest.mark.parametrize("max_grad_norm", [None, 0.5])
def test_updates_are_those_of_adam(max_grad_norm):
    line = Line(learning_rate=0.1, max_grad_norm=max_grad_norm)
    for x in (3.0, -1.0, 2.0):
        line.step(x)
    torch.testing.assert_close((line.a.data, line.b.data), reference((3.0, -1.0, 2.0), max_grad_norm))


def test_two_updaters_of_the_same_weights_take_turns():
    """Each by gradients of its own and with moments of its own, also the first after the second was built."""
    first = Line(learning_rate=0.1)
    second = Line(learning_rate=0.1)
    weights = second.a, second.b = first.a, first.b
    arguments = ["error", "size"], [second.x], second.compute, Distributed(), False
    second.updater = Updater(weights, *arguments, learning_rate=0.02)
    expected = [torch.nn.Parameter(weight.detach().clone()) for weight in weights]
    adams = [torch.optim.Adam(expected, lr=rate) for rate in (0.1, 0.02)]
    for turn, xs in ((0, (3.0, 1.0)), (1, (-1.0, 2.0)), (0, (2.0,))):
        line = (first, second)[turn]
        line.updater.begin()
        for x in xs:
            line.step(x)
            expected[0].grad, expected[1].grad = torch.autograd.grad(
                (expected[0] * x + expected[1] - 1.0).square().sum(), expected
            )
            adams[turn].step()
    torch.testing.assert_close([*weights], expected)


def test_gradients_of_parts_are_summed_where_they_share_a_parameter():
    """d/da of a x and of (a + b)^2, at a = 2, b = -1, x = 3."""
    line = Line(learning_rate=0.1)
    parts = [line.updater.gradients(loss) for loss in ((3.0 * line.a).sum(), (line.a + line.b).square().sum())]
    assert parts[0][1] is None
    line.updater.store(parts, (torch.tensor(4.0), torch.tensor(5.0)))
    assert [weights.grad.item() for weights in (line.a, line.b) if weights.grad is not None] == [3.0 + 2.0, 2.0]


def test_gradients_are_clipped_to_the_norm():
    """The gradient is 2 (2 * 3 - 1 - 1) (3, 1) = (24, 8)."""
    line = Line(learning_rate=0.1, max_grad_norm=0.5)
    line.step(3.0)
    gradients = torch.cat((line.a.grad, line.b.grad))
    torch.testing.assert_close(gradients, 0.5 * torch.tensor([24.0, 8.0]) / 640.0**0.5)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_skipped_counted_and_remembered(bad):
    line, moments = Line(learning_rate=0.1), {}
    for x in (3.0, bad, 2.0):
        before = line.a.clone(), line.b.clone()
        moments = {name: value.clone() for name, value in line.updater.state_dict()["optimizer"].get(0, {}).items()}
        line.step(x)
        if x is bad:
            assert (line.a, line.b) == before
            torch.testing.assert_close(line.updater.state_dict()["optimizer"][0], moments, rtol=0, atol=0)
    torch.testing.assert_close((line.a.data, line.b.data), reference((3.0, 2.0), None))
    assert line.updater.num_skipped == 1 and line.updater.has_skipped
    torch.testing.assert_close(line.updater.skipped_mini_batch[0], torch.tensor([bad]), equal_nan=True)
    assert not line.updater.skipped_losses()["error"] < float("inf")
    line.updater.begin()
    assert line.updater.num_skipped == 1 and not line.updater.has_skipped


def test_losses_are_means_over_the_updates_that_were_done():
    """(2 * 3 - 1 - 1)^2 = 16 and, with a learning rate of 0, (2 * 1 - 1 - 1)^2 = 0."""
    line = Line(learning_rate=0.0, least_rate=0.0)
    for x in (3.0, float("nan"), 1.0):
        line.step(x)
    means = line.updater.means()
    assert (means["Loss/error"], means["Loss/size"]) == (8.0, 2.0)
    line.updater.begin()
    line.step(float("nan"))
    assert line.updater.means()["Loss/error"].isnan()


def test_hooks_know_the_losses_and_may_change_the_learning_rate():
    seen = []

    def before(losses, finite):
        seen.append((losses.tolist(), bool(finite)))
        line.updater.learning_rate.fill_(0.0)

    line = Line(learning_rate=0.1, before_step=before, after_step=lambda: seen.append("after"))
    line.step(3.0)
    assert seen == [([16.0, 2.0], True), "after"]
    assert (line.a, line.b) == (2.0, -1.0)


@pytest.mark.parametrize(("least", "refused"), [(0.0, (-1e-9, 2.0)), (LEAST_RATE, (0.0, 2.0))])
def test_what_learning_rate_may_be_set_may_be_loaded(least, refused):
    for rate in refused:
        with pytest.raises(ConfigError, match="learning_rate must be from .* to 1, not"):
            Line(learning_rate=rate, least_rate=least)
    for rate in (least, 1.0):
        line, other = Line(learning_rate=rate, least_rate=least), Line(learning_rate=0.1, least_rate=least)
        line.step(3.0)
        other.updater.load_state_dict(copy.deepcopy(line.updater.state_dict()))
        assert other.updater.learning_rate == torch.tensor(rate)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("learning_rate",), torch.tensor(-1.0), "learning_rate must be from 1e-12 to 1"),
        (("learning_rate",), torch.tensor(1e9), "learning_rate must be from 1e-12 to 1"),
        (("learning_rate",), -5, "learning_rate is no tensor"),
        (("optimizer", 0, "exp_avg"), "text", r"optimizer.0.exp_avg is no tensor of shape \[1\]"),
        (("optimizer", 1, "exp_avg"), torch.zeros(2), "optimizer.1.exp_avg is no tensor"),
        (
            ("optimizer", 1, "exp_avg"),
            torch.tensor([0]),
            "optimizer.1.exp_avg holds torch.int64, expected torch.float32",
        ),
        (("optimizer", 1, "exp_avg_sq"), torch.tensor([-1.0]), "optimizer.1.exp_avg_sq must be from 0 to inf"),
        (("optimizer", 0, "step"), torch.tensor(-1.0), "optimizer.0.step must be from 0 to inf"),
    ],
)
def test_a_state_that_no_training_comes_to_is_refused_and_nothing_taken_up(place, value, message):
    line, other = Line(learning_rate=0.1), Line(learning_rate=0.7)
    line.step(3.0)
    state = copy.deepcopy(line.updater.state_dict())
    *path, name = place
    functools.reduce(operator.getitem, path, state)[name] = value
    with pytest.raises(ValueError, match=message):
        other.updater.load_state_dict(state)
    assert other.updater.learning_rate == pytest.approx(0.7) and not other.updater.state_dict()["optimizer"]


def test_moments_of_some_parameters_alone_are_refused():
    line = Line(learning_rate=0.1)
    line.step(3.0)
    state = copy.deepcopy(line.updater.state_dict())
    del state["optimizer"][1]
    with pytest.raises(KeyError):
        line.updater.load_state_dict(state)


def test_a_restored_updater_goes_on_as_the_first_would():
    first, second = Line(learning_rate=0.1), Line(learning_rate=0.7)
    first.step(3.0)
    first.updater.learning_rate.fill_(0.05)
    second.a.data.copy_(first.a.data)
    second.b.data.copy_(first.b.data)
    second.updater.load_state_dict(copy.deepcopy(first.updater.state_dict()))
    for line in (first, second):
        line.step(-1.0)
        line.updater.learning_rate.fill_(0.2)
        line.step(2.0)
    assert torch.equal(first.a, second.a) and torch.equal(first.b, second.b)
