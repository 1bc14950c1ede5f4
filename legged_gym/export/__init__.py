"""A trained policy as a file that a robot can use."""

from legged_gym.utils.learner import require_own_learner

require_own_learner()
