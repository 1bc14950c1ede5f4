"""Storage of rollouts."""

from rsl_rl.storage.rollout_storage import RolloutStorage, Transitions
from rsl_rl.storage.sequence_storage import LabelledSteps, SequenceStorage

__all__ = ["LabelledSteps", "RolloutStorage", "SequenceStorage", "Transitions"]
