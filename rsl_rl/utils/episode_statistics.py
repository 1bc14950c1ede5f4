"""Return and length of finished episodes."""

from collections import deque

import torch

from robust_parallel.limits import is_sound


class EpisodeStatistics:
    """Sums the return and the length of episodes on the device, and averages recent ones on the host."""

    def __init__(self, num_envs: int, device: torch.device | str, window: int = 100) -> None:
        """Start with fresh episodes.

        Args:
            num_envs: Number of environments N.
            device: Where rewards and dones live.
            window: Number of finished episodes to average over, at least; fewer at the start of a run.
        """
        self._window = window
        self._running = torch.zeros(3, num_envs, device=device)  # return, length, one episode
        self._running[2] = 1.0
        self._finished = torch.zeros(3, device=device)
        self._recent: deque[tuple[float, float, float]] = deque()

    def add(self, rewards: torch.Tensor, dones: torch.Tensor) -> None:
        """Add one step of all environments: rewards [N], those that are not sound for nothing, and dones [N]."""
        ended = dones != 0
        self._running[0].add_(torch.where(is_sound(rewards), rewards, 0.0))
        self._running[1].add_(1.0)
        self._finished.add_(self._running.masked_fill(~ended, 0.0).sum(dim=1))
        self._running[:2].masked_fill_(ended, 0.0)

    def pop(self) -> dict[str, torch.Tensor]:
        """Return the sums over the episodes that finished since the last call, 0-d, for :meth:`means`."""
        returns, lengths, count = self._finished.clone().unbind()
        self._finished.zero_()
        return {"returns": returns, "lengths": lengths, "count": count}

    def means(self, returns: float, lengths: float, count: float) -> dict[str, float]:
        """Take in sums read to the host, and return means over recent episodes by tag; nothing before the first end."""
        if count > 0:
            self._recent.append((returns, lengths, count))
        if not self._recent:
            return {}
        while sum(item[2] for item in self._recent) - self._recent[0][2] >= self._window:
            self._recent.popleft()
        total_return, total_length, total = (sum(column) for column in zip(*self._recent, strict=True))
        return {"Train/mean_reward": total_return / total, "Train/mean_episode_length": total_length / total}
