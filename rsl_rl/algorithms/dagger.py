"""Learning by imitation of several teachers with memory."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.nn.functional import mse_loss

from rsl_rl.algorithms.imitation import Imitation, carry
from rsl_rl.modules.depth_student import DepthStudent
from rsl_rl.modules.image_codes import ImageCodes
from rsl_rl.modules.memory import State, clear_state, reset_state
from rsl_rl.modules.observation_input import Observations
from rsl_rl.modules.skill_teacher import SkillTeacher
from rsl_rl.storage import SequenceStorage
from rsl_rl.storage.sequence_storage import LabelledSteps
from rsl_rl.utils.distributed import Distributed
from rsl_rl.utils.held import Changes, is_new
from rsl_rl.utils.ranges import require_numbers

IMAGE_MARGIN = 1.1
"""Room for images is made with so much to spare, so that it seldom has to grow."""


class Dagger(Imitation):
    """Trains a student to act as the teachers do that know its situations (Ross et al. 2011).

    At the beginning teachers act in half of the episodes. Labels are the teachers' all the time. A student with a
    decoder learns to know what they see, too.
    """

    policy: DepthStudent
    teacher: SkillTeacher

    def __init__(
        self,
        student: DepthStudent,
        teacher: SkillTeacher,
        storage: SequenceStorage,
        distributed: Distributed | None = None,
        *,
        teacher_share: float = 0.5,
        teacher_until: float = 0.3,
        reconstruction_coef: float = 0.5,
        **settings: Any,
    ) -> None:
        """Freeze the teachers, and prepare the optimiser, buffers and graphs.

        Args:
            student: The policy to be trained, on the device of the storage.
            teacher: The policies to be imitated, on the same device.
            storage: Where to record rollouts: the student's ``trained_groups``.
            distributed: The processes which train together.
            teacher_share: As :class:`Imitation`'s.
            teacher_until: Likewise.
            reconstruction_coef: Weight of the error of what is decoded.
            settings: The others of :class:`Imitation`.

        Raises:
            ConfigError: A setting is out of its range, or the rollout cannot be divided as asked.
        """
        if student.targets is not None:
            self.loss_names = (*self.loss_names, "privileged_reconstruction")
        shares = {"teacher_share": teacher_share, "teacher_until": teacher_until}
        super().__init__(student, teacher, storage, distributed, **shares, **settings)
        require_numbers(0.0, reconstruction_coef=reconstruction_coef)
        self.reconstruction_coef = reconstruction_coef
        num_envs, device = storage.num_envs, storage.device
        inputs = teacher.actor_input
        self._teacher_obs = {
            name: torch.zeros(num_envs, width, device=device)
            for name, width in zip(inputs.groups, inputs.widths, strict=True)
        }
        self._teacher_state = teacher.initial_state(num_envs)
        self._new_images = torch.ones(storage.num_steps, num_envs, dtype=torch.bool, device=device)
        """Where an image of the rollout is not that of the step before, or is the first of a chunk [T, N]."""
        self._num_images = 0
        """Images that are encoded of a chunk: as many as are new in any that came so far, or some more."""
        self._codes: ImageCodes | None = None
        if student.image_group is not None and device.type == "cpu":
            self._codes = ImageCodes(student.image_encoder, storage.current.obs[student.image_group])

    @property
    def needed_groups(self) -> Sequence[str]:
        """What is decoded."""
        return () if self.policy.targets is None else self.policy.targets.groups

    def load_teachers(self, weights: Mapping[str, Mapping[str, torch.Tensor]]) -> None:
        """Imitate others: the weights of an actor-critic by the name of its skill; in the main process, all of them."""
        for skill, saved in weights.items():
            policy = self.teacher.policies[skill]
            policy.load_state_dict(_acting(saved, policy.state_dict()))
        self._share_weights()

    def start_rollout(self) -> None:
        """Start a new rollout where the last one ended, in place of it."""
        super().start_rollout()
        if self._codes is not None:
            self._codes.forget()  # the weights are others

    def forget(self) -> None:
        """Remember nothing of the robots any more, the teachers neither."""
        super().forget()
        reset_state(self._teacher_state)

    @torch.no_grad()
    def act(self, obs: Observations) -> torch.Tensor:
        """Return actions [N, A] for groups [N, width], in a buffer that the next call overwrites."""
        for name, group in self._teacher_obs.items():
            group.copy_(obs[name])
        return super().act(obs)

    def _record_once(self) -> None:
        ended = self.storage.current.dones != 0
        carry(self._teacher_state, clear_state(self._teacher_state, ended))
        super()._record_once()

    def _label(self) -> torch.Tensor:
        labels, state = self.teacher.act_inference(self._teacher_obs, self._teacher_state)
        carry(self._teacher_state, state)
        return labels

    def _infer(self, obs: Observations) -> tuple[torch.Tensor, State]:
        group = self.policy.image_group
        if self._codes is None or group is None:
            return super()._infer(obs)
        inference, state = self.policy.infer_from_codes(obs, [self._codes(obs[group])], self.state)
        return inference.actions, state

    @torch.no_grad()
    def _prepare(self) -> None:
        """As ever; find new images, and make room for those of any chunk that could be drawn: wait for their number."""
        super()._prepare()
        group = self.policy.image_group
        if group is None:
            return
        storage, length = self.storage, self.truncation_length
        self._new_images.copy_(is_new(storage.rollout.obs[group]))
        self._new_images[::length] = True
        counts = self._new_images.unflatten(0, (self.num_chunks, length)).sum(dim=1)[:, storage.stand_ins]
        most = int(counts.topk(len(self._samples), dim=1).values.sum(dim=1).max())
        if most > self._num_images:
            self._num_images = min(int(IMAGE_MARGIN * most), length * len(self._samples))
            self._updater.reset_graphs()

    def _losses(self, chunk: LabelledSteps, state: State) -> tuple[torch.Tensor, Sequence[torch.Tensor], State]:
        steps = self._start + torch.arange(self.truncation_length, device=self._start.device)
        new = self._new_images.index_select(0, steps).index_select(1, self._samples)
        output, state = self.policy.unroll(chunk.obs, chunk.dones, state, Changes(new, self._num_images))
        behaviour = mse_loss(output.actions, chunk.actions)
        if self.policy.targets is None or output.privileged is None:
            return behaviour, (behaviour,), state
        reconstruction = mse_loss(output.privileged, self.policy.targets(chunk.obs))
        return behaviour + self.reconstruction_coef * reconstruction, (behaviour, reconstruction), state


def _acting(weights: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return an actor's weights from those of an actor-critic, in which its memory has another name."""
    return {name: weights[name.replace("memory.", "actor_memory.", 1)] for name in wanted}
