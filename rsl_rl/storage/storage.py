"""What every storage of a rollout shares: where it is, where it began, and how it is divided for learning."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch

from rsl_rl.modules.memory import State
from rsl_rl.utils.errors import ConfigError


def stand_ins(sound: torch.Tensor) -> torch.Tensor:
    """Return for each sample its own index if it is sound, or if none is, else that of one that is.

    Args:
        sound: [n] bool.

    Returns:
        [n] long: for a faulty sample the last sound one before it, or, where there is none, the last of all.
    """
    index = torch.arange(len(sound), device=sound.device)
    last = torch.where(sound, index, -1).cummax(dim=0).values
    return torch.where(last[-1] < 0, index, torch.where(last < 0, last[-1], last))


class Storage(ABC):
    """``T`` steps of ``N`` environments, written one after the other from a hidden state of the policy on."""

    sample_name = "samples"
    """What mini-batches are made of, for messages."""

    def __init__(self, num_steps: int, num_envs: int, state: State, device: torch.device | str) -> None:
        """Take note of the sizes.

        Args:
            num_steps: Steps of a rollout T.
            num_envs: Number of environments N.
            state: The initial hidden state of the policy, tensors [L, N, H].
            device: Where everything is.
        """
        self.num_steps, self.num_envs = num_steps, num_envs
        self.device = torch.device(device)
        self.initial_state = tuple(part.clone() for part in state)
        """Hidden state of the policy before the first step of the rollout."""
        self._position = torch.zeros(1, dtype=torch.long, device=self.device)
        self.stand_ins = torch.arange(self.num_samples, device=self.device)
        """For each sample its own index, or that of the one to be learned from in its place [num_samples]."""
        self.num_left_out = torch.zeros((), device=self.device)
        """Steps of environments left out since the start, since something of them was not finite, 0-d."""

    @property
    @abstractmethod
    def num_samples(self) -> int:
        """Number of samples that mini-batches divide."""

    def begin(self, state: State = ()) -> None:
        """Start a new rollout from a hidden state of the policy."""
        self._position.zero_()
        for kept, now in zip(self.initial_state, state, strict=True):
            kept.copy_(now)

    def _judge(self, sound: torch.Tensor) -> None:
        """Let sound samples stand in for the others [num_samples] bool, and count the steps left out.

        Nothing stored is moved: almost always all samples are sound.
        """
        self.stand_ins.copy_(stand_ins(sound))
        self.num_left_out.add_((~sound).sum() * (self.num_steps * self.num_envs // self.num_samples))

    def draw(self) -> torch.Tensor:
        """Return the indices of all samples in a new random order, with what stands in for faulty ones."""
        return self.stand_ins[torch.randperm(self.num_samples, device=self.device)]

    def mini_batches(self, num_epochs: int, num_mini_batches: int) -> Iterator[torch.Tensor]:
        """Yield the sample indices [B] of each mini-batch of each epoch, in a new random order each epoch.

        All mini-batches have the same size; a remainder is left out of its epoch.
        """
        size = self.mini_batch_size(num_mini_batches)
        for _ in range(num_epochs):
            yield from self.draw()[: size * num_mini_batches].view(num_mini_batches, size)

    def mini_batch_size(self, num_mini_batches: int) -> int:
        """Return the number of samples in each mini-batch B."""
        if not 1 <= num_mini_batches <= self.num_samples:
            raise ConfigError(
                f"num_mini_batches is {num_mini_batches}, but there are {self.num_samples} {self.sample_name}"
            )
        return self.num_samples // num_mini_batches
