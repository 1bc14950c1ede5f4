"""What learning from a teacher's labels has in common, whatever student and teacher are."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from robust_parallel.graph import CapturedFunction
from rsl_rl.algorithms.updater import LARGEST_RATE, Updater
from rsl_rl.modules.memory import State, clear_state, reset_state
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.policy import Policy
from rsl_rl.storage import SequenceStorage
from rsl_rl.storage.sequence_storage import LabelledSteps
from rsl_rl.utils.annealing import annealed
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.ranges import require_numbers


class Imitation(ABC):
    """Trains a student to act as a teacher does.

    The student acts, without noise, so that it learns in the situations it brings about itself (Ross et al. 2011); the
    teacher says what it would have done. In a share of the episodes, each robot's own, the teacher acts itself, so that
    the student also sees where it cannot yet get. Learning goes through each rollout in chunks of successive steps,
    each an update: gradients flow through the memory within a chunk, its hidden state goes on to the next. On CUDA a
    step, and an update on a chunk, is one launch of a graph.

    The rollout of a robot with labels, or anything else it needs, not finite is left out, and counted. A chunk whose
    losses or gradients are not finite all the same changes neither the weights nor the optimiser's state; it is
    counted, and remembered for :meth:`offending_mini_batch`.

    With several processes, all have the same weights after construction and after each update.
    """

    loss_names: tuple[str, ...] = ("behaviour",)
    """What each chunk reports, in the order of the tensors that hold them."""

    def __init__(
        self,
        student: Policy,
        teacher: Policy,
        storage: SequenceStorage,
        distributed: Distributed | None = None,
        *,
        num_learning_epochs: int = 2,
        num_mini_batches: int = 4,
        truncation_length: int = 10,
        learning_rate: float = 5e-4,
        final_learning_rate: float = 5e-4,
        max_grad_norm: float = 1.0,
        teacher_share: float = 0.0,
        teacher_until: float = 1.0,
        use_graphs: bool = True,
    ) -> None:
        """Freeze the teacher, and prepare the optimiser, buffers and graphs.

        Args:
            student: The policy to be trained, on the device of the storage.
            teacher: The policy to be imitated, on the same device.
            storage: Where to record rollouts.
            distributed: The processes which train together.
            num_learning_epochs: Times each step is used.
            num_mini_batches: Parts into which the environments are divided, anew in each epoch.
            truncation_length: Steps through which gradients flow back, the length of a chunk.
            learning_rate: Learning rate of Adam, at the start.
            final_learning_rate: The same at the end; linear in between, see :meth:`set_progress`.
            max_grad_norm: Norm to which gradients are clipped.
            teacher_share: Share of the episodes in which the teacher acts, at the start.
            teacher_until: Progress of the training at which that share is 0; linear until then.
            use_graphs: Whether to use CUDA graphs; without effect on a CPU.

        Raises:
            ConfigError: A setting is out of its range, or the rollout cannot be divided as asked.
        """
        require_numbers(0.0, 1.0, teacher_share=teacher_share, teacher_until=teacher_until)
        require_numbers(1, num_learning_epochs=num_learning_epochs)
        require_numbers(0.0, above=True, max_grad_norm=max_grad_norm)
        require_numbers(0.0, LARGEST_RATE, final_learning_rate=final_learning_rate)
        self.policy = student
        self.teacher = teacher.eval().requires_grad_(False)
        self.storage = storage
        self.distributed = distributed or Distributed()
        self.num_learning_epochs = num_learning_epochs
        self.num_mini_batches = num_mini_batches
        self.truncation_length = truncation_length
        self.num_chunks = storage.num_chunks(truncation_length)
        self.learning_rate_range = learning_rate, final_learning_rate
        device = storage.device

        self._share_weights()
        self.state = student.initial_state(storage.num_envs)
        """Hidden state of the student before the next step."""
        self._actions = torch.zeros_like(storage.current.actions)
        self._teacher_share, self._teacher_until = teacher_share, teacher_until
        self.share = torch.tensor(teacher_share, device=device)
        """Share of the episodes that begin now in which the teacher acts, 0-d."""
        self._led = torch.zeros(storage.num_envs, dtype=torch.bool, device=device)
        self._led_are_drawn = False
        self._samples = torch.zeros(storage.mini_batch_size(num_mini_batches), dtype=torch.long, device=device)
        self._start = torch.zeros(1, dtype=torch.long, device=device)
        self._chunk_state = student.initial_state(len(self._samples))

        self._act = CapturedFunction(self._act_once, device, use_graphs)
        self._record = CapturedFunction(self._record_once, device, use_graphs)
        self._updater = Updater(
            list(student.parameters()),
            self.loss_names,
            [self._samples, self._start],
            self._compute_gradients,
            self.distributed,
            use_graphs,
            learning_rate=learning_rate,
            least_rate=0.0,
            max_grad_norm=max_grad_norm,
            after_step=self._go_to_next_chunk,
        )

    @property
    def _leads(self) -> bool:
        """Whether the teacher ever acts."""
        return self._teacher_share > 0.0

    @property
    def learning_rate(self) -> torch.Tensor:
        """Present learning rate, 0-d."""
        return self._updater.learning_rate

    @property
    def num_skipped(self) -> torch.Tensor:
        """Number of chunks skipped since the start, 0-d."""
        return self._updater.num_skipped

    @property
    def needed_groups(self) -> Sequence[str]:
        """Stored groups without which an environment's rollout is left out; in others NaN may have a meaning."""
        return ()

    def set_progress(self, progress: float) -> None:
        """Set the learning rate and the share of the teacher for a point of the training, from 0 (start) to 1 (end)."""
        self.learning_rate.fill_(annealed(progress, self.learning_rate_range, (0.0, 1.0)))
        self.share.fill_(annealed(progress, (self._teacher_share, 0.0), (0.0, self._teacher_until)))

    def start_rollout(self) -> None:
        """Start a new rollout where the last one ended, in place of it."""
        if self._leads and not self._led_are_drawn:  # not before: the share is the present one
            self._led.copy_(torch.rand_like(self.storage.current.dones) < self.share)
            self._led_are_drawn = True
        self.storage.begin(self.state)

    def forget(self) -> None:
        """Remember nothing of the robots any more, nor which of them are led."""
        reset_state(self.state)
        self._led_are_drawn = False

    @torch.no_grad()
    def act(self, obs: Observations) -> torch.Tensor:
        """Return the student's actions [N, A] for groups [N, width], in a buffer that the next call overwrites."""
        for name, group in self.storage.current.obs.items():
            group.copy_(obs[name])
        self._act()
        return self._actions

    @torch.no_grad()
    def process_env_step(self, rewards: torch.Tensor, dones: torch.Tensor, extras: Mapping[str, Any]) -> None:
        """Record where episodes ended with the last actions, dones [N]. Rewards and extras teach nothing here."""
        del rewards, extras
        self.storage.current.dones.copy_(dones)
        self._record()

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout. The observations that follow it are not needed."""
        del obs
        self._prepare()
        self._updater.begin()
        for samples in self.storage.mini_batches(self.num_learning_epochs, self.num_mini_batches):
            self._begin_sequences(samples)
            for _ in range(self.num_chunks):
                self._updater.step()

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results of the last update by tag, as 0-d tensors.

        Losses are means over its chunks, NaN if every one was skipped.
        """
        return {
            **self._updater.means(),
            "Loss/learning_rate": self.learning_rate,
            "Loss/skipped_updates": self.num_skipped,
            "Faults/left_out_steps": self.storage.num_left_out,
            **({"Distillation/teacher_share": self.share} if self._leads else {}),
        }

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last chunk that was skipped: environments, first step, fields, losses. Until the next rollout."""
        samples, start = self._updater.skipped_mini_batch
        chunk = self.storage.gather(start, self.truncation_length, samples)
        return {
            "samples": samples,
            "start": start,
            "losses": self._updater.skipped_losses(),
            "fields": {"obs": chunk.obs, "actions": chunk.actions, "dones": chunk.dones},
        }

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on: the optimiser's moments, the learning rate, and the teacher."""
        return {**self._updater.state_dict(), "teacher": self.teacher.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        self.teacher.load_state_dict(state["teacher"])
        self._updater.load_state_dict(state)

    @abstractmethod
    def _label(self) -> torch.Tensor:
        """Return what the teacher would do now [N, A]."""

    @abstractmethod
    def _losses(self, chunk: LabelledSteps, state: State) -> tuple[torch.Tensor, Sequence[torch.Tensor], State]:
        """Return what is to become less, what is reported of it (0-d each), and the student's state after a chunk.

        Args:
            chunk: Recorded steps [L, B, ...].
            state: The student's hidden state before the first.
        """

    def _prepare(self) -> None:
        """Look at a complete rollout before it is learned from: leave out what is faulty."""
        self.storage.leave_out_faulty(self.needed_groups)

    def _infer(self, obs: Observations) -> tuple[torch.Tensor, State]:
        """Return what the student does now [N, A], and its next hidden state."""
        return self.policy.act_inference(obs, self.state)

    def _share_weights(self) -> None:
        for policy in (self.policy, self.teacher):
            self.distributed.broadcast_(policy.state_dict().values())

    def _act_once(self) -> None:
        now = self.storage.current
        labels = self._label()
        actions, state = self._infer(now.obs)
        acts = actions.isfinite().all(dim=-1, keepdim=True)
        now.actions.copy_(torch.where(acts, labels, torch.nan))  # a student that cannot act learns nothing of it
        if self._leads:
            led = self._led & labels.isfinite().all(dim=1)
            actions = torch.where(led[:, None], labels, actions)
        self._actions.copy_(actions)
        carry(self.state, state)

    def _record_once(self) -> None:
        ended = self.storage.current.dones != 0
        carry(self.state, clear_state(self.state, ended))
        if self._leads:
            drawn = torch.rand_like(self.storage.current.dones) < self.share
            self._led.copy_(torch.where(ended, drawn, self._led))
        self.storage.commit()

    def _begin_sequences(self, samples: torch.Tensor) -> None:
        """Go back to the start of the rollout, with other environments [B]."""
        self._samples.copy_(samples)
        self._start.zero_()
        for buffer, part in zip(self._chunk_state, self.storage.initial_state, strict=True):
            torch.index_select(part, 1, samples, out=buffer)

    def _compute_gradients(self) -> None:
        chunk = self.storage.gather(self._start, self.truncation_length, self._samples)
        loss, losses, state = self._losses(chunk, self._chunk_state)
        self._updater.differentiate(loss, losses)
        carry(self._chunk_state, state)

    def _go_to_next_chunk(self) -> None:
        self._start.add_(self.truncation_length)


@torch.no_grad()
def carry(buffers: State, state: State) -> None:
    """Write a hidden state for what comes next, without what is not finite: it would spoil all that follows."""
    for buffer, part in zip(buffers, state, strict=True):
        buffer.copy_(torch.where(part.isfinite(), part, 0.0))
