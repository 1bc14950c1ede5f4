"""The contract between the learner and a vectorised environment."""

from rsl_rl.env.vec_env import VecEnv

__all__ = ["VecEnv"]
