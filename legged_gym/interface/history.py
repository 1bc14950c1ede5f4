"""What is remembered of the last control steps, newest first, and what stands for the time before an episode."""

import torch


def push(newest: torch.Tensor, history: torch.Tensor) -> torch.Tensor:
    """The history [N, K, ...] after a step whose value is `newest` [N, ...]; the oldest one is gone."""
    return torch.cat((newest[:, None], history[:, :-1]), dim=1)


def begin(fresh: torch.Tensor, first: torch.Tensor, history: torch.Tensor) -> torch.Tensor:
    """The history [N, K, ...], with that of `fresh` robots [N] bool begun anew: `first` [N, ...] at all times."""
    mask = fresh.view(-1, *[1] * (history.dim() - 1))
    return torch.where(mask, first[:, None], history)
