"""On-policy reinforcement learning for many parallel environments on one device."""

DISTRIBUTION = "robust_parallel"
"""What tells this package from upstream's of the same name."""
