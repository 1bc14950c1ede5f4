"""What an environment reports each step, kept on the device so that training reads it in one copy when it wants to."""

from collections.abc import Sequence

import torch


class EpisodeLog:
    """Running means of named quantities over the episodes that ended of late, and further values of the present.

    Each step forgets a little of the past (`FORGET`), so that a mean stands for about the last hundred steps without
    anybody telling this class when an iteration begins. A mean without any episode yet is NaN.
    """

    FORGET = 0.01

    def __init__(self, means: Sequence[str], present: Sequence[str], device: torch.device) -> None:
        """Begin without episodes.

        Args:
            means: names of the quantities that are averaged.
            present: names of the further values.
            device: torch device.
        """
        self._names = (*means, *present)
        self._sums = torch.zeros(len(means), device=device)
        self._count = torch.zeros((), device=device)
        self._values = torch.zeros(len(self._names), device=device)
        self._means = self._values[: len(means)].fill_(torch.nan)
        self.present_values = self._values[len(means) :]
        """Live further values in the order of their names, to be written in place."""
        self.present = dict(zip(present, self.present_values.unbind(), strict=True))
        """Live 0-d tensor of each further value, 0 at first, to be written in place."""

    def add(self, values: torch.Tensor, ended: torch.Tensor) -> None:
        """Take in the episodes that ended at this step.

        Args:
            values: what each environment's episode would count [K, N].
            ended: [N] bool.
        """
        self._sums.mul_(1.0 - self.FORGET).add_((values * ended).sum(dim=1))
        self._count.mul_(1.0 - self.FORGET).add_(ended.sum())
        torch.div(self._sums, self._count, out=self._means)

    def snapshot(self) -> dict[str, torch.Tensor]:
        """A copy of every value by name, 0-d; one operation on the device."""
        return dict(zip(self._names, self._values.clone().unbind(), strict=True))
