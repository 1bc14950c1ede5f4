"""Gradients of all parameters in one tensor."""

from collections.abc import Sequence

import torch
from torch import nn

from rsl_rl.utils.distributed import Distributed


class FlatGradients:
    """Gradients of a loss, followed by scalars which come with it, in one tensor that stays in place.

    One buffer makes the norm one reduction and the average over processes one message. Each parameter's ``grad`` is a
    view of it, so optimisers need not know.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], num_scalars: int) -> None:
        """Allocate the buffer and point the parameters' ``grad`` at it.

        Args:
            parameters: What is to be trained.
            num_scalars: Number of scalars to carry along.
        """
        self._parameters = list(parameters)
        sizes = [parameter.numel() for parameter in self._parameters]
        self._buffer = torch.zeros(sum(sizes) + num_scalars, device=self._parameters[0].device)
        self._gradients, self.scalars = self._buffer.split([sum(sizes), num_scalars])
        for parameter, view in zip(self._parameters, self._gradients.split(sizes), strict=True):
            parameter.grad = view.view_as(parameter)

    def compute(self, loss: torch.Tensor, scalars: Sequence[torch.Tensor]) -> None:
        """Differentiate the loss, and store its gradients and the scalars."""
        gradients = torch.autograd.grad(loss, self._parameters)
        parts = [gradient.reshape(-1) for gradient in gradients]
        torch.cat((*parts, torch.stack([scalar.detach() for scalar in scalars])), out=self._buffer)

    def average(self, distributed: Distributed) -> None:
        """Replace everything by its mean over the processes."""
        distributed.mean_(self._buffer)

    def norm(self) -> torch.Tensor:
        """Return their Euclidean norm."""
        return torch.linalg.vector_norm(self._gradients)

    def clip(self, max_norm: float) -> torch.Tensor:
        """Scale the gradients down to a Euclidean norm if theirs is larger, and return what it was."""
        norm = self.norm()
        self._gradients.mul_((max_norm / (norm + 1e-6)).clamp(max=1.0))
        return norm
