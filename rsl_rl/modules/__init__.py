"""Neural networks and the distributions and statistics around them."""

from rsl_rl.modules.actor import Actor
from rsl_rl.modules.actor_critic import ActorCritic
from rsl_rl.modules.actor_critic_recurrent import ActorCriticRecurrent
from rsl_rl.modules.depth_student import DepthStudent
from rsl_rl.modules.estimator_actor_critic import EstimatorActor, EstimatorActorCritic, EstimatorMLP
from rsl_rl.modules.inference_policy import InferencePolicy
from rsl_rl.modules.memory import Memory, MLPMemory, NoMemory, RecurrentMemory
from rsl_rl.modules.mlp import MLP
from rsl_rl.modules.normalization import EmpiricalNormalization
from rsl_rl.modules.observation_input import ObservationInput
from rsl_rl.modules.policy import Policy, PolicyInference
from rsl_rl.modules.skill_teacher import SkillTeacher
from rsl_rl.modules.student import StudentOutput, StudentPolicy
from rsl_rl.modules.student_actor_critic import StudentActorCritic
from rsl_rl.modules.teacher import PerceptiveActor, TeacherActorCritic

__all__ = [
    "MLP",
    "Actor",
    "ActorCritic",
    "ActorCriticRecurrent",
    "DepthStudent",
    "EmpiricalNormalization",
    "EstimatorMLP",
    "EstimatorActor",
    "EstimatorActorCritic",
    "InferencePolicy",
    "MLPMemory",
    "Memory",
    "NoMemory",
    "ObservationInput",
    "PerceptiveActor",
    "Policy",
    "PolicyInference",
    "RecurrentMemory",
    "SkillTeacher",
    "StudentActorCritic",
    "StudentOutput",
    "StudentPolicy",
    "TeacherActorCritic",
]
