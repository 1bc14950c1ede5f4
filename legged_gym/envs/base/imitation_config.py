"""How a student that imitates learns, whatever it sees."""

from collections.abc import Iterator
from typing import Annotated

from legged_gym.config.fields import Bounds, Positive, PositiveInt, Share
from legged_gym.config.idle import Idle
from legged_gym.config.quantities import LearningRate, SmallCount


class ImitationCfg:
    """Settings of a training configuration's section `distillation`."""

    learning_rate: LearningRate = 5.0e-4
    final_learning_rate: LearningRate = 5.0e-5
    num_learning_epochs: SmallCount = 2
    num_mini_batches: PositiveInt = 4
    truncation_length: Annotated[int, Bounds(1, 10_000)] = 10
    """Steps through which gradients flow back."""
    max_grad_norm: Positive = 1.0
    teacher_share: Share = 0.0
    """Share of the episodes in which the teacher acts, at the start."""
    teacher_until: Share = 1.0
    """Share of the imitation after which it never does; linear until then."""

    def idle(self) -> Idle:
        """What is of a teacher that acts."""
        if self.teacher_share == 0.0:
            yield "teacher_until", "train.distillation.teacher_share is 0"

    def contradictions(self) -> Iterator[str]:
        """A learning rate that would grow."""
        if self.final_learning_rate > self.learning_rate:
            yield (
                f"train.distillation.final_learning_rate = {self.final_learning_rate:g} is larger than "
                f"learning_rate = {self.learning_rate:g}, from which it falls"
            )
