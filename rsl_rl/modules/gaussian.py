"""The diagonal Gaussian as pure functions of its mean and standard deviation.

Shapes are [..., A]; the standard deviation may be just [A]. Reductions are over the last dimension.
"""

import math

import torch

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def sample(mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
    """Draw one sample for each row [..., A]."""
    return torch.addcmul(mean, std, torch.randn_like(mean))


def log_prob(mean: torch.Tensor, std: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Return the logarithm of the density at a value [...]."""
    squares = ((value - mean) / std).square().sum(dim=-1)
    return -0.5 * squares - std.log().sum(dim=-1) - mean.shape[-1] * _HALF_LOG_TWO_PI


def entropy(std: torch.Tensor) -> torch.Tensor:
    """Return the differential entropy in nats [...]."""
    return std.log().sum(dim=-1) + std.shape[-1] * (0.5 + _HALF_LOG_TWO_PI)


def kl(mean_p: torch.Tensor, std_p: torch.Tensor, mean_q: torch.Tensor, std_q: torch.Tensor) -> torch.Tensor:
    """Return the divergence KL(p || q) in nats [...].

    Written in the excess of the variance ratio over 1, so that near-equal distributions do not cancel to noise.
    """
    var_q = std_q.square()
    excess = (std_p - std_q) * (std_p + std_q) / var_q
    return 0.5 * (excess - excess.log1p() + (mean_p - mean_q).square() / var_q).sum(dim=-1)
