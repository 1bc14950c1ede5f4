"""Learning algorithms."""

from rsl_rl.algorithms.algorithm import Algorithm
from rsl_rl.algorithms.dagger import Dagger
from rsl_rl.algorithms.distillation import Distillation
from rsl_rl.algorithms.estimation import EstimatorTraining
from rsl_rl.algorithms.estimator_ppo import EstimatorPPO
from rsl_rl.algorithms.imitation import Imitation
from rsl_rl.algorithms.mirror_ppo import MirrorPPO
from rsl_rl.algorithms.ppo import PPO
from rsl_rl.algorithms.reinforcement import ReinforcedImitation, StudentPPO

__all__ = [
    "PPO",
    "Algorithm",
    "Dagger",
    "Distillation",
    "EstimatorPPO",
    "EstimatorTraining",
    "Imitation",
    "MirrorPPO",
    "ReinforcedImitation",
    "StudentPPO",
]
