"""Programs: train.py, play.py."""

from legged_gym.utils.learner import require_own_learner

require_own_learner()
