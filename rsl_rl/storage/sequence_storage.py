"""Storage of one rollout with a teacher's labels, and the chunks of its sequences."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch

from rsl_rl.modules.memory import State
from rsl_rl.storage.storage import Storage
from rsl_rl.utils.errors import ConfigError


@dataclass(slots=True)
class LabelledSteps:
    """Recorded steps. The leading dimensions are [N], [T, N], or [L, B] in a chunk."""

    obs: dict[str, torch.Tensor]
    """Observation groups before the action [..., width]."""

    actions: torch.Tensor
    """Actions of the teacher for the same situation [..., A]."""

    dones: torch.Tensor
    """1 where the episode ended with this step, else 0 [...]."""

    @property
    def tensors(self) -> list[torch.Tensor]:
        """All fields, always in the same order."""
        return [*self.obs.values(), self.actions, self.dones]

    def map(self, function: Callable[[torch.Tensor], torch.Tensor]) -> "LabelledSteps":
        """Return the fields after a function."""
        obs = {name: function(group) for name, group in self.obs.items()}
        return LabelledSteps(obs, function(self.actions), function(self.dones))


class SequenceStorage(Storage):
    """Preallocated buffers for ``T`` steps of ``N`` environments, read in chunks of successive steps.

    A step is written in two moves: fill the fields of :attr:`current`, then :meth:`commit`. A chunk is read by its
    first step and its environments, both tensors. So one CUDA graph can write every step, and another one can learn
    from every chunk.
    """

    sample_name = "environments"

    def __init__(
        self,
        num_steps: int,
        num_envs: int,
        widths: Mapping[str, int],
        num_actions: int,
        state: State = (),
        device: torch.device | str = "cpu",
    ) -> None:
        """Allocate the buffers.

        Args:
            num_steps: Steps of a rollout T.
            num_envs: Number of environments N.
            widths: The width of each observation group to be stored.
            num_actions: Number of actions A.
            state: The initial hidden state of the policy, tensors [L, N, H].
            device: Where to allocate.
        """
        super().__init__(num_steps, num_envs, state, device)
        row = LabelledSteps(
            obs={name: torch.zeros(num_envs, width, device=self.device) for name, width in widths.items()},
            actions=torch.zeros(num_envs, num_actions, device=self.device),
            dones=torch.zeros(num_envs, device=self.device),
        )
        self.current = row
        """The step being written [N, ...]."""
        self.rollout = row.map(lambda field: field.new_zeros(num_steps, *field.shape))
        """All steps of the rollout [T, N, ...]."""

    @property
    def num_samples(self) -> int:
        """Mini-batches are made of environments."""
        return self.num_envs

    def commit(self) -> None:
        """Append :attr:`current` to the rollout. At most ``T`` times between two calls of :meth:`begin`."""
        for kept, now in zip(self.rollout.tensors, self.current.tensors, strict=True):
            kept.index_copy_(0, self._position, now.unsqueeze(0))
        self._position.add_(1)

    @torch.no_grad()
    def leave_out_faulty(self, groups: Iterable[str]) -> None:
        """Let other environments stand in for those with labels, any of some groups or a first state not finite.

        Args:
            groups: The groups; in others NaN may have a meaning.
        """
        judged = (self.rollout.actions, *(self.rollout.obs[name] for name in groups), *self.initial_state)
        sound = torch.stack([field.sum(dim=(0, 2)) for field in judged]).sum(dim=0).isfinite()
        self._judge(sound)

    def num_chunks(self, length: int) -> int:
        """Return the number of chunks of a length that make up the rollout.

        Raises:
            ConfigError: There would be a remainder.
        """
        if length < 1 or self.num_steps % length:
            raise ConfigError(f"num_steps_per_env is {self.num_steps}, no multiple of the chunk length {length}")
        return self.num_steps // length

    def gather(self, start: torch.Tensor, length: int, samples: torch.Tensor) -> LabelledSteps:
        """Return a copy of a chunk.

        Args:
            start: Number of its first step [1], long.
            length: Its number of steps L.
            samples: Its environments [B], long.

        Returns:
            Steps [L, B, ...].
        """
        steps = start + torch.arange(length, device=self.device)
        rows = (steps.unsqueeze(1) * self.num_envs + samples).flatten()
        shape = length, len(samples)
        return self.rollout.map(lambda field: field.flatten(0, 1).index_select(0, rows).unflatten(0, shape))
