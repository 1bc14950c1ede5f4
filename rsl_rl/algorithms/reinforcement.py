"""A student that imitates at first, and then learns of rewards what its teacher could not tell."""

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn.functional import mse_loss

from robust_parallel.saved import checked
from rsl_rl.algorithms.distillation import Distillation
from rsl_rl.algorithms.ppo import LOSSES, PPO
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.student import StudentPolicy
from rsl_rl.modules.student_actor_critic import StudentActorCritic
from rsl_rl.storage import RolloutStorage
from rsl_rl.storage.rollout_storage import Transitions
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.errors import ConfigError
from rsl_rl.utils.ranges import require_numbers


class StudentPPO(PPO):
    """:class:`PPO` of a student, whose decoder goes on learning what the teacher sees."""

    loss_names = (*LOSSES, "heights_reconstruction", "privileged_reconstruction")
    policy: StudentActorCritic

    def __init__(
        self,
        policy: StudentActorCritic,
        storage: RolloutStorage,
        distributed: Distributed | None = None,
        layout: Mapping[str, Any] | None = None,
        *,
        reconstruction_coef: float = 0.5,
        **settings: Any,
    ) -> None:
        """Prepare the optimiser, buffers and graphs.

        Args:
            policy: Student and critic, on the device of the storage.
            storage: Where to record rollouts.
            distributed: The processes which train together.
            layout: That of the environment.
            reconstruction_coef: Weight of the errors of the decoded heights and privileged state.
            settings: Those of :class:`PPO`.

        Raises:
            ConfigError: A setting is out of its range.
        """
        require_numbers(0.0, reconstruction_coef=reconstruction_coef)
        self.reconstruction_coef = reconstruction_coef
        super().__init__(policy, storage, distributed, layout, **settings)

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on beside the student: optimiser, learning rate, critic and noise."""
        kept = {name: part.state_dict() for name, part in self.policy.critic_parts.items()}
        return {**super().state_dict(), **kept, "noise_std": self.policy.noise_std.detach()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned."""
        policy = self.policy
        least = policy.least_state["noise_std"]
        noise_std = checked("noise_std", state["noise_std"], policy.noise_std, least, math.inf)
        super().load_state_dict(state)
        for name, part in self.policy.critic_parts.items():
            part.load_state_dict(state[name])
        with torch.no_grad():
            policy.noise_std.copy_(noise_std)

    def _compute_actor_losses(self, batch: Transitions) -> tuple[torch.Tensor, ...]:
        student = self.policy.student
        output, _ = student.unroll(batch.obs, batch.dones, batch.state)
        loss, *terms = self._policy_losses(batch, output.actions, self.policy.std)
        heights, privileged = student.targets(batch.obs)
        errors = mse_loss(output.heights, heights), mse_loss(output.privileged, privileged)
        return loss + self.reconstruction_coef * (errors[0] + errors[1]), *terms, *errors


class ReinforcedImitation:
    """:class:`Distillation` up to a point of the training, and :class:`StudentPPO` of the same student from there on.

    A teacher's answer to what only it sees is the mean of many for a student: it cannot tell to go carefully where the
    ground cannot be seen. Rewards do.
    """

    def __init__(self, imitation: Distillation, reinforcement: StudentPPO, *, begins_at: float) -> None:
        """Begin with imitation.

        Args:
            imitation: What comes first.
            reinforcement: What follows, of the same student.
            begins_at: Progress of the training at which that is, above 0 and below 1.

        Raises:
            ConfigError: That is no such progress.
        """
        if not 0.0 < begins_at < 1.0:
            raise ConfigError(f"reinforcement.begins_at must be above 0, and below 1 or 1 for never, not {begins_at}")
        self.imitation = imitation
        self.reinforcement = reinforcement
        self.is_reinforced = False
        """Whether imitation is over."""
        self._beginning = copy.deepcopy(reinforcement.state_dict())
        self.begins_at = begins_at
        """Progress of the training at which it is over."""

    @property
    def policy(self) -> StudentPolicy:
        """The student."""
        return self.imitation.policy

    def set_progress(self, progress: float) -> None:
        """Set the present part's progress for a point of the training, and change to rewards when it is time.

        There is no way back: where a training becomes longer, they are at their beginning once more.
        """
        if not self.is_reinforced and progress >= self.begins_at:
            self._begin()
        if self.is_reinforced:
            self.reinforcement.set_progress(max(progress - self.begins_at, 0.0) / (1.0 - self.begins_at))
        else:
            self.imitation.set_progress(progress / self.begins_at)

    def forget(self) -> None:
        """Remember nothing of the robots any more."""
        self.imitation.forget()
        self.reinforcement.forget()

    def start_rollout(self) -> None:
        """Start a new rollout where the last one ended, in place of it."""
        self._present.start_rollout()

    def act(self, obs: Observations) -> torch.Tensor:
        """Return actions [N, A] for groups [N, width], in a buffer that the next call overwrites."""
        return self._present.act(obs)

    def process_env_step(self, rewards: torch.Tensor, dones: torch.Tensor, extras: Mapping[str, Any]) -> None:
        """Record what the environment returned for the last actions: rewards [N], dones [N], extras."""
        self._present.process_env_step(rewards, dones, extras)

    def update(self, obs: Observations) -> None:
        """Learn from a complete rollout, which the observations follow."""
        self._present.update(obs)

    def metrics(self) -> dict[str, torch.Tensor]:
        """Return the results of the last update by tag, 0-d; what is counted is counted over both parts."""
        metrics = self._present.metrics()
        if self.is_reinforced:
            before = self.imitation.metrics()
            for name in ("Loss/skipped_updates", "Faults/left_out_steps"):
                metrics[name] = metrics[name] + before[name]
        return metrics

    def offending_mini_batch(self) -> dict[str, Any]:
        """Return the last mini-batch that was skipped. Valid until the next rollout."""
        return self._present.offending_mini_batch()

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on, beside the student: the teacher, and the state of both parts."""
        reinforcement = self.reinforcement.state_dict() if self.is_reinforced else None
        return {**self.imitation.state_dict(), "reinforcement": reinforcement}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned, or that of imitation alone."""
        self.imitation.load_state_dict(state)
        self.is_reinforced = False
        reinforcement = state.get("reinforcement")
        if reinforcement is not None:
            self._begin()
            self.reinforcement.load_state_dict(reinforcement)

    @property
    def _present(self) -> Distillation | StudentPPO:
        return self.reinforcement if self.is_reinforced else self.imitation

    def _begin(self) -> None:
        """Let rewards teach from now on, and the teacher's critic, going on with what the student remembers."""
        self.is_reinforced = True
        self.reinforcement.load_state_dict(self._beginning)  # it may have been further on a way that was left
        self.reinforcement.policy.begin_critic(self.imitation.teacher)
        self.reinforcement.go_on_from(self.imitation.state)
