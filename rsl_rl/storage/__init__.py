"""Storage of rollouts."""

from rsl_rl.storage.rollout_storage import RolloutStorage, Transitions

__all__ = ["RolloutStorage", "Transitions"]
