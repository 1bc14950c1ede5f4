"""Runs: their folders and checkpoints, stages, settings and tracking."""

from legged_gym.utils.learner import require_own_learner

require_own_learner()
