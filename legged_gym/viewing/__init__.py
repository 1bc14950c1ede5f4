"""Looking at robots: windows, films, plots and the keyboard."""

from legged_gym.utils.learner import require_own_learner

require_own_learner()
