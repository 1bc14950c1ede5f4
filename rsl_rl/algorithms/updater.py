"""The update of weights on one mini-batch after another."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import torch
from torch import nn

from robust_parallel.graph import CapturedFunction
from robust_parallel.saved import checked
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.ranges import require_numbers

LEAST_RATE = 1e-12
"""Learning rate below which nothing is learned in 32 bits."""

LARGEST_RATE = 1.0
"""Of Adam, whose steps are of about that size."""


class Updater:
    """Trains parameters by Adam, mini-batch after mini-batch, without ever waiting for the device.

    A mini-batch whose losses or gradients are not finite changes neither the weights nor the optimiser's state; it is
    counted and remembered. The fused kernel of Adam takes the flag that gradient scalers use: skipping costs nothing.

    The gradients of all parameters, followed by the losses, are one tensor that stays in place, of which each
    parameter's ``grad`` is a view: their norm is one reduction, their average over processes one message. With CUDA
    graphs an update is one launch; with several processes two, and the exchange between them.
    """

    def __init__(
        self,
        parameters: Sequence[nn.Parameter],
        names: Sequence[str],
        mini_batch: Sequence[torch.Tensor],
        compute: Callable[[], None],
        distributed: Distributed,
        use_graphs: bool,
        *,
        learning_rate: float,
        least_rate: float = LEAST_RATE,
        max_grad_norm: float | None = None,
        before_step: Callable[[torch.Tensor, torch.Tensor], None] = lambda losses, finite: None,
        after_step: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare the optimiser, buffers and graphs.

        Args:
            parameters: What is to be trained, all on one device.
            names: Names of the losses that are reported.
            mini_batch: Tensors that stay in place and say of which samples the present mini-batch is made.
            compute: Computes the losses of the present mini-batch and passes them to :meth:`differentiate`.
            distributed: The processes which train together.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.
            learning_rate: Learning rate at the start.
            least_rate: What it may fall to.
            max_grad_norm: Euclidean norm to which gradients are clipped; None for no limit.
            before_step: Called with the losses [L] and whether the update is going to be done, 0-d bool.
            after_step: Called at the end of each update.

        Raises:
            ConfigError: It is none that a training may come to.
        """
        self._rates = least_rate, LARGEST_RATE
        require_numbers(*self._rates, learning_rate=learning_rate)
        self._parameters = list(parameters)
        self._names, self._mini_batch = tuple(names), tuple(mini_batch)
        self._compute, self._before_step, self._after_step = compute, before_step, after_step
        self._max_grad_norm = max_grad_norm
        device = self._parameters[0].device

        sizes = [parameter.numel() for parameter in self._parameters]
        self._buffer = torch.zeros(sum(sizes) + len(self._names), device=device)
        self._gradients, self._losses = self._buffer.split([sum(sizes), len(self._names)])
        self._views = [
            part.view_as(parameter)
            for part, parameter in zip(self._gradients.split(sizes), self._parameters, strict=True)
        ]
        self._claim_gradients()

        self.learning_rate = torch.tensor(learning_rate, device=device)
        """Present learning rate, 0-d, to be changed in place at any time."""
        self._adam = torch.optim.Adam(
            self._parameters, lr=self.learning_rate, fused=True, capturable=device.type == "cuda"
        )
        self._skip = torch.zeros((), device=device)
        self._adam.found_inf = self._skip  # pyright: ignore[reportAttributeAccessIssue] - read by the fused step

        self._sums = torch.zeros_like(self._losses)
        self._num_done = torch.zeros((), device=device)
        self.num_skipped = torch.zeros((), device=device)
        """Number of updates skipped since the start, 0-d."""
        self._num_skipped_before = torch.zeros_like(self.num_skipped)
        self._skipped_losses = torch.zeros_like(self._losses)
        self.skipped_mini_batch = [torch.zeros_like(part) for part in self._mini_batch]
        """What ``mini_batch`` was when last an update was skipped."""

        if distributed.world_size == 1:
            self._graphs = [CapturedFunction(self._compute_and_apply, device, use_graphs)]
            self._parts: list[Callable[[], object]] = [*self._graphs]
        else:
            self._graphs = [CapturedFunction(part, device, use_graphs) for part in (compute, self._apply)]
            self._parts = [self._graphs[0], lambda: distributed.mean_(self._buffer), self._graphs[1]]

    @property
    def has_skipped(self) -> bool:
        """Whether an update was skipped since :meth:`begin`. Waits for the device."""
        return bool(self.num_skipped > self._num_skipped_before)

    def begin(self) -> None:
        """Start the means of the losses anew, with gradients where this updater keeps them: there may be others."""
        self._claim_gradients()
        self._sums.zero_()
        self._num_done.zero_()
        self._num_skipped_before.copy_(self.num_skipped)

    def step(self) -> None:
        """Update the weights once, by the present mini-batch."""
        for part in self._parts:
            part()

    def differentiate(self, loss: torch.Tensor, losses: Sequence[torch.Tensor]) -> None:
        """Store the gradients of a loss, and what is reported with it. To be called by ``compute``.

        Args:
            loss: What is to become less, 0-d.
            losses: What is reported, in the order of their names, each 0-d.
        """
        self.store([torch.autograd.grad(loss, self._parameters)], losses)

    def gradients(self, loss: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        """Return the gradients of a part of the loss, for :meth:`store`; None for what it does not depend on."""
        return torch.autograd.grad(loss, self._parameters, allow_unused=True)

    def store(self, parts: Sequence[Sequence[torch.Tensor | None]], losses: Sequence[torch.Tensor]) -> None:
        """Store the gradients of a loss, the sums of those of its parts, and what is reported with it.

        Args:
            parts: What :meth:`gradients` returned for each part.
            losses: What is reported, in the order of their names, each 0-d.
        """
        gradients = []
        for of_each_part in zip(*parts, strict=True):
            found = [gradient for gradient in of_each_part if gradient is not None]
            gradients.append(reduce(torch.add, found).reshape(-1))
        torch.cat((*gradients, torch.stack([value.detach() for value in losses])), out=self._buffer)

    def means(self) -> dict[str, torch.Tensor]:
        """Return the means of the losses since :meth:`begin` by tag, 0-d; NaN if every update was skipped."""
        means = self._sums / self._num_done
        return {f"Loss/{name}": mean for name, mean in zip(self._names, means.unbind(), strict=True)}

    def skipped_losses(self) -> dict[str, float]:
        """Return the losses of the last update that was skipped. Waits for the device."""
        return dict(zip(self._names, self._skipped_losses.tolist(), strict=True))

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on: the optimiser's moments and the learning rate."""
        return {"optimizer": self._adam.state_dict()["state"], "learning_rate": self.learning_rate}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, whatever device it was saved on.

        Raises:
            ValueError: The moments belong to other parameters, or a number is none that training comes to.
        """
        learning_rate = checked("learning_rate", state["learning_rate"], self.learning_rate, *self._rates)
        self._check_moments(state["optimizer"])
        groups = self._adam.state_dict()["param_groups"]
        self._adam.load_state_dict({"state": state["optimizer"], "param_groups": groups})
        for group in self._adam.param_groups:
            group["lr"] = self.learning_rate
        self.learning_rate.copy_(learning_rate)
        self.reset_graphs()  # the moments are new tensors

    def _check_moments(self, moments: Mapping[int, Mapping[str, Any]]) -> None:
        """See that there are moments of each parameter, or of none: the optimiser takes up whatever there is."""
        for index, parameter in enumerate(self._parameters if moments else []):
            own = moments[index]
            for name, like, least in (
                ("step", self.learning_rate, 0.0),
                ("exp_avg", parameter, -math.inf),
                ("exp_avg_sq", parameter, 0.0),
            ):
                checked(f"optimizer.{index}.{name}", own[name], like, least, math.inf)

    def reset_graphs(self) -> None:
        """Forget the graphs, because a tensor or a number used in them has been replaced."""
        for graph in self._graphs:
            graph.reset()

    def _claim_gradients(self) -> None:
        for parameter, view in zip(self._parameters, self._views, strict=True):
            parameter.grad = view

    def _compute_and_apply(self) -> None:
        self._compute()
        self._apply()

    @torch.no_grad()
    def _apply(self) -> None:
        """Change the weights by the gradients in the buffer."""
        norm = torch.linalg.vector_norm(self._gradients)
        if self._max_grad_norm is not None:
            self._gradients.mul_((self._max_grad_norm / (norm + 1e-6)).clamp(max=1.0))
        finite = torch.isfinite(norm + self._losses.sum())
        self._skip.copy_(~finite)
        self._before_step(self._losses, finite)
        self._adam.step()
        self._record(finite)
        self._after_step()

    def _record(self, finite: torch.Tensor) -> None:
        """Take note of an update, done or skipped."""
        self._sums.add_(torch.where(finite, self._losses, 0.0))
        self._num_done.add_(finite)
        self.num_skipped.add_(~finite)
        self._skipped_losses.copy_(torch.where(finite, self._skipped_losses, self._losses))
        for kept, present in zip(self.skipped_mini_batch, self._mini_batch, strict=True):
            kept.copy_(torch.where(finite, kept, present))
