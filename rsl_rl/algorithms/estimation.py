"""Learning to estimate, by supervision, from the rollouts of another algorithm."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import mse_loss

from robust_parallel.saved import is_iteration
from rsl_rl.algorithms.updater import LARGEST_RATE, Updater
from rsl_rl.modules.estimator_actor_critic import EstimatorActorCritic
from rsl_rl.modules.term_columns import TermColumns
from rsl_rl.storage import RolloutStorage
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers


class EstimatorTraining:
    """Trains the estimator of a policy to tell the targets that were recorded together with what it sees.

    Call :meth:`measure` after each rollout, before anything else changes, and :meth:`update` to learn from it: from a
    random part of its steps, the buffer, with a learning rate that falls linearly from one update to the next. On CUDA
    an update on a mini-batch is one launch of a graph.

    A mini-batch whose loss or gradients are not finite changes neither the weights nor the optimiser's state; it is
    counted, and remembered for :meth:`offending_mini_batch`.

    With several processes, each brings a buffer of its own; all have the same weights after each update if they had
    before.
    """

    def __init__(
        self,
        policy: EstimatorActorCritic,
        storage: RolloutStorage,
        terms: Sequence[TermColumns],
        distributed: Distributed,
        use_graphs: bool,
        *,
        num_samples: int = 24576,
        num_epochs: int = 4,
        num_mini_batches: int = 4,
        learning_rate: float = 2e-3,
        final_learning_rate: float = 4e-4,
        decay_iterations: int = 2000,
    ) -> None:
        """Prepare the optimiser, buffers and graphs.

        Args:
            policy: Its estimator is trained, and nothing else of it.
            storage: Where rollouts are recorded.
            terms: What the targets mean, in the order of their columns.
            distributed: The processes which train together.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.
            num_samples: Steps in the buffer; the whole rollout if that has fewer.
            num_epochs: Times each of them is used.
            num_mini_batches: Updates in each epoch.
            learning_rate: Learning rate of Adam, at the start.
            final_learning_rate: The same at the end; linear in between.
            decay_iterations: Number of calls of :meth:`update` until then.

        Raises:
            ConfigError: A setting is out of its range.
        """
        self.num_samples = min(num_samples, storage.num_samples)
        if not 1 <= num_mini_batches <= self.num_samples:
            raise ConfigError(f"estimator: num_mini_batches is {num_mini_batches}, num_samples {self.num_samples}")
        require_numbers(1, num_epochs=num_epochs, decay_iterations=decay_iterations)
        require_numbers(0.0, LARGEST_RATE, final_learning_rate=final_learning_rate)
        self.num_epochs, self.num_mini_batches = num_epochs, num_mini_batches
        self.learning_rate_range = learning_rate, final_learning_rate
        self.decay_iterations = decay_iterations
        self.iteration = 0
        """Number of calls of :meth:`update`, over all runs that this one continues."""
        self._policy, self._storage, self._distributed = policy, storage, distributed
        device = storage.device

        self._samples = torch.zeros(self.num_samples // num_mini_batches, dtype=torch.long, device=device)
        self._updater = Updater(
            policy.estimator_parameters(),
            ["estimator"],
            [self._samples],
            self._compute_gradients,
            distributed,
            use_graphs,
            learning_rate=learning_rate,
            least_rate=0.0,
        )
        self._names = [term.name for term in terms]
        self._widths = [len(term.scale) for term in terms]
        self._scale = torch.tensor([abs(float(factor)) for term in terms for factor in term.scale], device=device)
        self._errors = torch.zeros_like(self._scale)

    @property
    def learning_rate(self) -> torch.Tensor:
        """Learning rate of the last update, 0-d."""
        return self._updater.learning_rate

    @property
    def num_skipped(self) -> torch.Tensor:
        """Number of mini-batches skipped since the start, 0-d."""
        return self._updater.num_skipped

    @property
    def has_skipped(self) -> bool:
        """Whether a mini-batch was skipped in the last update. Waits for the device."""
        return self._updater.has_skipped

    @torch.no_grad()
    def measure(self) -> None:
        """Take the errors of the estimates that the actor acted on in the rollout."""
        obs = self._storage.rollout.obs
        errors = (self._policy.estimate(obs) - self._policy.targets(obs)).abs().flatten(0, -2)
        self._errors.copy_(self._distributed.mean_(errors.mean(dim=0)) / self._scale)

    def update(self) -> None:
        """Learn from a complete rollout."""
        first, last = self.learning_rate_range
        self.learning_rate.fill_(first + (last - first) * min(self.iteration / self.decay_iterations, 1.0))
        self._updater.begin()
        for samples in self._mini_batches():
            self._samples.copy_(samples)
            self._updater.step()
        self.iteration += 1

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results by tag, as 0-d tensors.

        "Loss/estimator" is the mean squared error over the mini-batches of the last update, in the targets' scales.
        "Estimator/error_NAME" is the mean absolute error of a term at the last :meth:`measure`, over all its columns,
        in its unit.
        """
        errors = zip(self._names, self._errors.split(self._widths), strict=True)
        return {
            **self._updater.means(),
            "Estimator/learning_rate": self.learning_rate,
            **{f"Estimator/error_{name}": columns.mean() for name, columns in errors},
        }

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last mini-batch that was skipped: its samples, fields and loss. Valid until the next rollout."""
        (samples,) = self._updater.skipped_mini_batch
        return {
            "samples": samples,
            "losses": self._updater.skipped_losses(),
            "fields": {"obs": self._storage.gather(samples).obs},
        }

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on: the optimiser's moments, the learning rate, and how far its schedule is."""
        return {**self._updater.state_dict(), "iteration": self.iteration}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        if not is_iteration(state["iteration"]):
            raise ValueError(f"the estimator's iteration {state['iteration']!r} is none that a training comes to")
        self._updater.load_state_dict(state)
        self.iteration = state["iteration"]

    def _mini_batches(self) -> Iterator[torch.Tensor]:
        """Draw the buffer, and yield the sample indices of its mini-batches in a new random order each epoch."""
        size, device = len(self._samples), self._storage.device
        buffer = self._storage.draw()[: self.num_samples]
        for _ in range(self.num_epochs):
            order = buffer[torch.randperm(self.num_samples, device=device)]
            yield from order[: size * self.num_mini_batches].view(self.num_mini_batches, size)

    def _compute_gradients(self) -> None:
        obs = self._storage.gather(self._samples).obs
        loss = mse_loss(self._policy.estimate(obs), self._policy.targets(obs))
        self._updater.differentiate(loss, (loss,))
