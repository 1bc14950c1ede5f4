import torch
from torch.distributions import Normal, kl_divergence

from rsl_rl.modules import gaussian


def test_agrees_with_torch_distributions():
    mean, value = torch.randn(5, 3), torch.randn(5, 3)
    for std in (torch.rand(3) + 0.1, torch.rand(5, 3) + 0.1):
        reference = Normal(mean, std.expand(5, 3))
        torch.testing.assert_close(gaussian.log_prob(mean, std, value), reference.log_prob(value).sum(-1))
        torch.testing.assert_close(gaussian.entropy(std).expand(5), reference.entropy().sum(-1))


def test_kl_agrees_with_torch_distributions_and_is_zero_for_equal_ones():
    p = Normal(torch.randn(5, 3), torch.rand(5, 3) + 0.1)
    q = Normal(torch.randn(5, 3), torch.rand(5, 3) + 0.1)
    torch.testing.assert_close(gaussian.kl(p.mean, p.stddev, q.mean, q.stddev), kl_divergence(p, q).sum(-1))
    torch.testing.assert_close(gaussian.kl(p.mean, p.stddev, p.mean, p.stddev), torch.zeros(5))


def test_kl_of_near_equal_ones_does_not_drown_in_rounding():
    # Second order in the relative change e of the deviation: KL = e^2. Naively, that of 1e-5 would be 1e-7 of noise.
    std = torch.tensor([0.7])
    change = torch.tensor([1.00001])
    kl = gaussian.kl(torch.zeros(1), std, torch.zeros(1), std * change)
    assert 0.8e-10 < kl.item() < 1.2e-10


def test_by_hand():
    # Standard normal in one dimension: density at 0 is 1/sqrt(2 pi), entropy 0.5 log(2 pi e); KL to N(1, 2^2).
    zero, one = torch.zeros(1), torch.ones(1)
    assert abs(gaussian.log_prob(zero, one, zero).item() + 0.9189385) < 1e-6
    assert abs(gaussian.entropy(one).item() - 1.4189385) < 1e-6
    assert abs(gaussian.kl(zero, one, one, 2 * one).item() - (0.6931472 + 2 / 8 - 0.5)) < 1e-6


def test_samples_have_the_mean_and_deviation():
    mean, std = torch.tensor([1.0, -2.0]).expand(20000, 2), torch.tensor([0.5, 2.0])
    samples = gaussian.sample(mean, std)
    torch.testing.assert_close(samples.mean(0), mean[0], atol=0.05, rtol=0)
    torch.testing.assert_close(samples.std(0), std, atol=0.05, rtol=0)
