"""Storage of one rollout of all environments, and the mini-batches drawn from it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch

from robust_parallel.memory import require_room
from rsl_rl.modules.memory import State
from rsl_rl.storage.storage import Storage
from rsl_rl.utils.distributed import Distributed

_ALIGNMENT = 4
"""Wide fields start at multiples of this many floats (16 bytes), as fast matrix products require."""


@dataclass(slots=True)
class Transitions:
    """The fields of recorded steps, as views of one tensor. The leading dimensions are [N], [T, N] or [B]."""

    obs: dict[str, torch.Tensor]
    """Observation groups before the action [..., width]."""

    actions: torch.Tensor
    """Actions taken [..., A]."""

    mean: torch.Tensor
    """Mean of the distribution that the actions were drawn from [..., A]."""

    std: torch.Tensor
    """Standard deviation of the distribution that the actions were drawn from [..., A]."""

    log_prob: torch.Tensor
    """Logarithm of the density of their distribution at the actions [...]."""

    values: torch.Tensor
    """Estimate of the return by the critic as it was during the rollout [...]."""

    rewards: torch.Tensor
    """Rewards [...]; a time-out adds the discounted value of the true last state."""

    dones: torch.Tensor
    """1 where the episode ended with this step, else 0 [...]."""

    advantages: torch.Tensor
    """Advantages [...]."""

    returns: torch.Tensor
    """Targets of the critic [...]."""

    state: State = ()
    """Hidden state of the policy before the first step, only in mini-batches of sequences."""


class RolloutStorage(Storage):
    """Preallocated buffers for ``T`` steps of ``N`` environments.

    All that is known about a step is one row of floats, so that a mini-batch is gathered by a single indexing
    operation, and its fields are views. A step is written in two moves: fill the fields of :attr:`current`, then
    :meth:`commit`. Both work on tensors which stay in place, so they can be captured in a CUDA graph.

    What is not finite teaches nothing: :meth:`compute_returns` lets no other step of its robot learn of it, and
    with :meth:`leave_out_faulty` others are drawn in its place.

    A policy without memory is trained on single steps in random order; one with memory (``state`` not empty) on the
    whole sequences of a random subset of environments.
    """

    def __init__(
        self,
        num_steps: int,
        num_envs: int,
        widths: Mapping[str, int],
        num_actions: int,
        state: State = (),
        device: torch.device | str = "cpu",
        may_be_unknown: Collection[str] = (),
    ) -> None:
        """Allocate the buffers.

        Args:
            num_steps: Steps of a rollout T.
            num_envs: Number of environments N.
            widths: The width of each observation group to be stored.
            num_actions: Number of actions A.
            state: The initial hidden state of the policy, tensors [L, N, H].
            device: Where to allocate.
            may_be_unknown: Groups in which what is not finite has a meaning, and is no fault.
        """
        fields = {_obs_key(name): width for name, width in widths.items()}
        fields |= dict.fromkeys(("actions", "mean", "std"), num_actions)
        fields |= dict.fromkeys(("log_prob", "values", "rewards", "dones", "advantages", "returns"), 1)
        self._columns, row_width = _place(fields)
        unknown = {_obs_key(name) for name in may_be_unknown}
        self._judged = [place for name, place in self._columns.items() if name not in unknown] if unknown else []
        """Columns in which all has to be finite; none: all of them."""
        what = f"a rollout of {num_steps} steps of {num_envs} environments with {row_width} numbers each"
        require_room(4 * num_steps * num_envs * row_width, str(device), what)
        super().__init__(num_steps, num_envs, state, device)
        self._obs_names = tuple(widths)
        self._record = torch.zeros(num_steps, num_envs, row_width, device=self.device)
        self._row = torch.zeros(num_envs, row_width, device=self.device)
        self.rollout = self._fields(self._record)
        """All steps of the rollout [T, N, ...]."""
        self.current = self._fields(self._row)
        """The step being written [N, ...]."""

    @property
    def num_samples(self) -> int:
        """What mini-batches are made of: environments for a policy with memory, else single steps."""
        return self.num_envs if self.initial_state else self.num_steps * self.num_envs

    def commit(self) -> None:
        """Append :attr:`current` to the rollout. At most ``T`` times between two calls of :meth:`begin`."""
        self._record.index_copy_(0, self._position, self._row.unsqueeze(0))
        self._position.add_(1)

    def compute_returns(self, last_values: torch.Tensor, gamma: float, lam: float) -> None:
        """Compute advantages and returns by generalised advantage estimation (Schulman et al. 2016, eq. 16).

        A done cuts the recursion, and so does a step whose advantage is not finite: that of a reward or a value that is
        not finite, and the step that led to such a value. Those before it end with the value of its state. What a
        time-out would have earned beyond it has to be part of its reward.

        Args:
            last_values: Values of the states after the last step [N].
            gamma: Discount factor.
            lam: Weight of longer estimates, 0 to 1.
        """
        steps = self.rollout
        discount = gamma * (1.0 - steps.dones)
        next_values = torch.cat((steps.values[1:], last_values.unsqueeze(0)))
        next_values.masked_fill_(steps.dones != 0, 0.0)  # of another episode, and 0 * NaN is NaN
        delta = steps.rewards + discount * next_values - steps.values
        decay = lam * discount
        advantage = torch.zeros_like(last_values)
        for t in reversed(range(self.num_steps)):
            advantage = torch.addcmul(delta[t], decay[t], advantage)
            steps.advantages[t] = advantage
            advantage = advantage.nan_to_num(nan=0.0, posinf=0.0, neginf=0.0)
        steps.returns.copy_(steps.advantages + steps.values)

    def leave_out_faulty(self) -> None:
        """Let others stand in for samples that hold anything not finite, after :meth:`compute_returns`.

        So nothing that learns from the samples drawn needs a mask, and without faults nothing changes.
        """
        steps = self._record.view(-1, self.num_samples, self._record.shape[-1])
        parts = [steps.narrow(-1, *place) for place in self._judged] or [steps]
        self._judge(torch.stack([part.sum(dim=(0, 2)) for part in parts]).isfinite().all(dim=0))
        advantages = self.rollout.advantages.view(-1, self.num_samples)  # of all samples: normalised together
        advantages.copy_(advantages.index_select(1, self.stand_ins))

    def normalize_advantages(self, distributed: Distributed) -> None:
        """Shift and scale the advantages of all processes together to zero mean and unit variance."""
        advantages = self.rollout.advantages.reshape(-1)
        mean, var = distributed.mean_var(advantages)
        self.rollout.advantages.sub_(mean).div_(var.sqrt() + 1e-8)

    def gather(self, samples: torch.Tensor) -> Transitions:
        """Return a copy of chosen samples.

        Args:
            samples: Indices [B] of environments for a policy with memory, else of single steps.

        Returns:
            Transitions [T, B, ...] with hidden states for a policy with memory, else [B, ...].
        """
        if not self.initial_state:
            return self._fields(self._record.flatten(0, 1).index_select(0, samples))
        batch = self._fields(self._record.index_select(1, samples))
        batch.state = tuple(part.index_select(1, samples) for part in self.initial_state)
        return batch

    def _fields(self, record: torch.Tensor) -> Transitions:
        """Return views of the fields of rows [..., W]."""

        def vector(name: str) -> torch.Tensor:
            return record.narrow(-1, *self._columns[name])

        def scalar(name: str) -> torch.Tensor:
            return record.select(-1, self._columns[name][0])

        return Transitions(
            obs={name: vector(_obs_key(name)) for name in self._obs_names},
            actions=vector("actions"),
            mean=vector("mean"),
            std=vector("std"),
            log_prob=scalar("log_prob"),
            values=scalar("values"),
            rewards=scalar("rewards"),
            dones=scalar("dones"),
            advantages=scalar("advantages"),
            returns=scalar("returns"),
        )


def _place(widths: Mapping[str, int]) -> tuple[dict[str, tuple[int, int]], int]:
    """Return the start and width of each field in a row, and the width of the row."""
    columns, end = {}, 0
    for name, width in widths.items():
        start = end if width == 1 else _round_up(end)
        columns[name] = (start, width)
        end = start + width
    return columns, _round_up(end)


def _round_up(position: int) -> int:
    return -(-position // _ALIGNMENT) * _ALIGNMENT


def _obs_key(name: str) -> str:
    return f"obs/{name}"
