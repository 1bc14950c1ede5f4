"""Learning by imitation of a teacher that sees more."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import mse_loss

from rsl_rl.algorithms.imitation import Imitation
from rsl_rl.modules.memory import State
from rsl_rl.modules.student import StudentPolicy
from rsl_rl.modules.teacher import TeacherActorCritic
from rsl_rl.storage import SequenceStorage
from rsl_rl.storage.sequence_storage import LabelledSteps
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.ranges import require_numbers


class Distillation(Imitation):
    """Trains a student to act as a teacher does, and to know what the teacher sees (Miki et al. 2022, S5).

    The rollout of a robot is left out where labels, actions or what the teacher sees are not finite.
    """

    loss_names = ("behaviour", "heights_reconstruction", "privileged_reconstruction")
    policy: StudentPolicy
    teacher: TeacherActorCritic

    def __init__(
        self,
        student: StudentPolicy,
        teacher: TeacherActorCritic,
        storage: SequenceStorage,
        distributed: Distributed | None = None,
        *,
        reconstruction_coef: float = 0.5,
        **settings: Any,
    ) -> None:
        """Freeze the teacher, and prepare the optimiser, buffers and graphs.

        Args:
            student: The policy to be trained, on the device of the storage.
            teacher: The policy to be imitated, on the same device.
            storage: Where to record rollouts: the groups of both, see :meth:`stored_groups`.
            distributed: The processes which train together.
            reconstruction_coef: Weight of the errors of the decoded heights and privileged state.
            settings: Those of :class:`Imitation`.

        Raises:
            ConfigError: A setting is out of its range, or the rollout cannot be divided as asked.
        """
        super().__init__(student, teacher, storage, distributed, **settings)
        require_numbers(0.0, reconstruction_coef=reconstruction_coef)
        self.reconstruction_coef = reconstruction_coef

    @staticmethod
    def stored_groups(student: StudentPolicy, teacher: TeacherActorCritic) -> list[str]:
        """Return the observation groups that have to be stored: those of the student, of the teacher, and targets."""
        return list(dict.fromkeys((*student.actor_input.groups, *teacher.actor_input.groups)))

    @property
    def needed_groups(self) -> Sequence[str]:
        """Those of the teacher, which are the targets too."""
        return self.teacher.actor_input.groups

    def load_teacher(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Imitate another teacher, and let the student start from its networks and statistics."""
        self.teacher.load_state_dict(weights)
        self.policy.copy_from(self.teacher)
        self._share_weights()

    def _label(self) -> torch.Tensor:
        labels, _ = self.teacher.act_inference(self.storage.current.obs)
        return labels

    def _losses(self, chunk: LabelledSteps, state: State) -> tuple[torch.Tensor, Sequence[torch.Tensor], State]:
        output, state = self.policy.unroll(chunk.obs, chunk.dones, state)
        heights, privileged = self.policy.targets(chunk.obs)
        behaviour = mse_loss(output.actions, chunk.actions)
        losses = (behaviour, mse_loss(output.heights, heights), mse_loss(output.privileged, privileged))
        return behaviour + self.reconstruction_coef * (losses[1] + losses[2]), losses, state
