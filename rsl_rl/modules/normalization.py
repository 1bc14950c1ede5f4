"""Normalisation of inputs by running statistics."""

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import nn

from rsl_rl.utils.distributed import Distributed


class EmpiricalNormalization(nn.Module):
    """Shifts and scales each feature by the mean and standard deviation of all samples seen so far.

    Statistics change only in :meth:`update`, never in ``forward``. Batches are merged by the parallel algorithm of
    Chan, Golub and LeVeque (1979), which gives what one pass over all samples would.
    """

    mean: torch.Tensor
    var: torch.Tensor
    count: torch.Tensor
    least_state: ClassVar[Mapping[str, float]] = {"var": 0.0, "count": 0}

    def __init__(self, dim: int, epsilon: float = 1e-2) -> None:
        """Start with zero mean and unit variance.

        Args:
            dim: Number of features D.
            epsilon: Added to the standard deviation, so that a constant feature is not blown up.
        """
        super().__init__()
        self.epsilon = epsilon
        self.frozen = False
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("var", torch.ones(dim))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the normalised input [..., D]."""
        scale = 1.0 / (self.var.sqrt() + self.epsilon)
        return torch.addcmul(-self.mean * scale, x, scale)

    def inverse(self, x: torch.Tensor) -> torch.Tensor:
        """Return what is normalised to the given values [..., D]."""
        return torch.addcmul(self.mean, x, self.var.sqrt() + self.epsilon)

    @torch.no_grad()
    def copy_from(self, other: "EmpiricalNormalization", start: int = 0) -> None:
        """Take over in place the statistics of D features of another, from ``start`` on."""
        features = slice(start, start + len(self.mean))
        self.mean.copy_(other.mean[features])
        self.var.copy_(other.var[features])
        self.count.copy_(other.count)

    def freeze(self) -> None:
        """Ignore all further updates."""
        self.frozen = True

    @torch.no_grad()
    def update(self, x: torch.Tensor, distributed: Distributed | None = None) -> None:
        """Add samples to the statistics.

        A batch with a value that is not finite is left out as a whole.

        Args:
            x: The new samples [..., D].
            distributed: The processes over which to collect samples, all with the same number.
        """
        if self.frozen:
            return
        distributed = distributed or Distributed()
        samples = x.reshape(-1, x.shape[-1])
        mean, var = distributed.mean_var(samples)
        finite = torch.isfinite(mean + var).all()

        added = torch.where(finite, samples.shape[0] * distributed.world_size, 0)
        rate = added / (self.count + added).clamp_(min=1)
        delta = torch.where(finite, mean - self.mean, 0.0)
        spread = torch.where(finite, var - self.var, 0.0)
        self.mean.add_(rate * delta)
        self.var.add_(rate * (spread + (1.0 - rate) * delta.square()))
        self.count.add_(added)
