"""What came of the updates on mini-batches, kept on the device."""

from collections.abc import Sequence

import torch


class UpdateRecord:
    """Means of the losses over the updates that were done, and the last one that was skipped."""

    def __init__(self, names: Sequence[str], mini_batch: Sequence[torch.Tensor]) -> None:
        """Start without updates.

        Args:
            names: Names of the losses.
            mini_batch: Tensors that stay in place and say of which samples the present mini-batch is made.
        """
        device = mini_batch[0].device
        self._names = tuple(names)
        self._mini_batch = mini_batch
        self._sums = torch.zeros(len(self._names), device=device)
        self._num_done = torch.zeros((), device=device)
        self.num_skipped = torch.zeros((), device=device)
        """Number of updates skipped since the start, 0-d."""
        self._num_skipped_before = torch.zeros_like(self.num_skipped)
        self._bad_losses = torch.zeros_like(self._sums)
        self.bad_mini_batch = [torch.zeros_like(part) for part in mini_batch]
        """What ``mini_batch`` was when last an update was skipped."""

    @property
    def has_skipped(self) -> bool:
        """Whether an update was skipped since :meth:`begin`. Waits for the device."""
        return bool(self.num_skipped > self._num_skipped_before)

    def begin(self) -> None:
        """Start the means anew."""
        self._sums.zero_()
        self._num_done.zero_()
        self._num_skipped_before.copy_(self.num_skipped)

    def add(self, losses: torch.Tensor, finite: torch.Tensor) -> None:
        """Take note of the update on the present mini-batch.

        Args:
            losses: Its losses in the order of their names.
            finite: Whether it is done, not skipped; 0-d bool.
        """
        self._sums.add_(torch.where(finite, losses, 0.0))
        self._num_done.add_(finite)
        self.num_skipped.add_(~finite)
        self._bad_losses.copy_(torch.where(finite, self._bad_losses, losses))
        for bad, present in zip(self.bad_mini_batch, self._mini_batch, strict=True):
            bad.copy_(torch.where(finite, bad, present))

    def means(self) -> dict[str, torch.Tensor]:
        """Return the means of the losses by tag, 0-d; NaN if every update was skipped."""
        means = self._sums / self._num_done
        return {f"Loss/{name}": mean for name, mean in zip(self._names, means.unbind(), strict=True)}

    def bad_losses(self) -> dict[str, float]:
        """Return the losses of the last update that was skipped. Waits for the device."""
        return dict(zip(self._names, self._bad_losses.tolist(), strict=True))
