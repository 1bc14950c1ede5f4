"""The terms of proximal policy optimisation (Schulman et al. 2017) as pure functions."""

import torch


def surrogate_loss(
    log_prob: torch.Tensor, old_log_prob: torch.Tensor, advantages: torch.Tensor, clip: float
) -> torch.Tensor:
    """Return the clipped surrogate objective, negated, as a mean over the samples (eq. 7).

    Args:
        log_prob: Log-probability of the actions under the policy to be trained [...].
        old_log_prob: The same under the policy that acted [...].
        advantages: Advantages of the actions [...].
        clip: Change of the probability ratio beyond which there is nothing more to gain.
    """
    ratio = torch.exp(log_prob - old_log_prob)
    return -torch.min(advantages * ratio, advantages * ratio.clamp(1.0 - clip, 1.0 + clip)).mean()


def value_loss(
    values: torch.Tensor, old_values: torch.Tensor, returns: torch.Tensor, clip: float | None
) -> torch.Tensor:
    """Return the squared error of the critic as a mean over the samples.

    Args:
        values: Estimates of the critic to be trained [...].
        old_values: Estimates at the time of the rollout [...].
        returns: Targets [...].
        clip: Change of an estimate beyond which there is nothing more to gain; None for no such limit.
    """
    error = (values - returns).square()
    if clip is None:
        return error.mean()
    clipped = old_values + (values - old_values).clamp(-clip, clip)
    return torch.max(error, (clipped - returns).square()).mean()


def adapted_learning_rate(
    learning_rate: torch.Tensor, kl: torch.Tensor, desired_kl: float, bounds: tuple[float, float] = (1e-5, 1e-2)
) -> torch.Tensor:
    """Return the next learning rate: lower after too large a step in policy space, higher after too small a one.

    Beyond twice the desired divergence it is divided by 1.5, below half of it multiplied by 1.5, within bounds
    (legged_gym, without its exception for a divergence of exactly zero, which rounding would decide). NaN changes
    nothing.
    """
    lower = (learning_rate / 1.5).clamp(min=bounds[0])
    higher = (learning_rate * 1.5).clamp(max=bounds[1])
    rate = torch.where(kl > 2.0 * desired_kl, lower, learning_rate)
    return torch.where(kl < 0.5 * desired_kl, higher, rate)


def steered_learning_rate(
    learning_rate: torch.Tensor, kl: torch.Tensor, desired_kl: float, bounds: tuple[float, float] = (1e-5, 1e-2)
) -> torch.Tensor:
    """Return the learning rate of the next rollout, given the mean divergence over the mini-batches of this one.

    It is multiplied by the square root of how much the divergence misses what is desired (which grows with the square
    of a step in policy space), at most by 1.5, within bounds. The divergence of a rollout's first mini-batch is always
    zero, and that of its last one the largest, so that a rule applied to each swings within every rollout. NaN changes
    nothing.
    """
    factor = (desired_kl / kl.clamp(min=1e-12)).sqrt().clamp(1.0 / 1.5, 1.5)
    return torch.where(kl.isfinite(), (learning_rate * factor).clamp(*bounds), learning_rate)
