"""Statistics of ended episodes, kept on the device so that training reads them in one copy when it wants to."""

import torch


class EpisodeLog:
    """Running means of named quantities over the episodes that ended of late.

    Each step forgets a little of the past (`FORGET`), so that a value stands for about the last hundred steps without
    anybody telling this class when an iteration begins. A mean without any episode yet is NaN.
    """

    FORGET = 0.01

    def __init__(self, names: list[str], device: torch.device) -> None:
        self._sums = torch.zeros(len(names), device=device)
        self._count = torch.zeros((), device=device)
        self._means = torch.full((len(names),), torch.nan, device=device)
        self.means = dict(zip(names, self._means.unbind(), strict=True))
        """Live 0-d tensor of each name."""

    def add(self, values: torch.Tensor, ended: torch.Tensor) -> None:
        """Take in the episodes that ended at this step.

        Args:
            values: what each environment's episode would count [K, N].
            ended: [N] bool.
        """
        self._sums.mul_(1.0 - self.FORGET).add_((values * ended).sum(dim=1))
        self._count.mul_(1.0 - self.FORGET).add_(ended.sum())
        torch.div(self._sums, self._count, out=self._means)
