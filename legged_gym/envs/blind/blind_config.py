"""What a blind task adds to a robot's configuration: a memory, and a critic and an estimator that know more."""

from legged_gym.config.fields import Positive
from legged_gym.config.quantities import Layers, Terms
from legged_gym.envs.base.agile_commands import AgileCommandsCfg
from legged_gym.envs.base.legged_robot_config import BLIND_OBSERVATIONS, LeggedRobotCfg, LeggedRobotCfgPPO

FRAMES = 10
"""Control steps that the policy sees, 0.2 s: some strides of a foot's swing, and enough to average noise out."""
SENSED = [name for name in BLIND_OBSERVATIONS if name != "base_lin_vel"]
"""What joints and IMU measure, the command, and the last action: 45 readings of a quadruped."""
PRIVILEGED = [
    "base_lin_vel",
    "feet_contact",
    "feet_contact_forces",
    "friction",
    "base_mass",
    "base_com",
    "motor_strength",
    "motor_zero",
    "external_force",
    "action_delay",
]
"""What no robot measures."""


class BlindCfg(LeggedRobotCfg):
    """Sections of a blind task; a robot's class takes them over into its own configuration."""

    class commands(AgileCommandsCfg):
        pass

    class rewards(LeggedRobotCfg.rewards):
        """Kernels of tracking are as wide as the command is fast: standing still earns none, half the speed some."""

        fine_sigma: Positive = 0.03
        """Width of the narrow tracking kernel, which tells 0.05 m/s from none, (m/s)^2."""

        class scales(LeggedRobotCfg.rewards.scales):
            tracking_fine: float = 0.0
            power: float = 0.0

    class observations:
        policy: Terms = SENSED
        """What the actor sees and remembers, with noise and delay."""
        critic: Terms = [*SENSED, *PRIVILEGED, "height_scan"]
        estimator_targets: Terms = ["base_lin_vel", "feet_contact"]
        """What the estimator learns to tell from the policy's group."""

    observation_history = {"policy": FRAMES}


class BlindCfgPPO(LeggedRobotCfgPPO):
    """PPO of an actor that remembers and a critic that knows, and the estimator beside it."""

    obs_groups = {"policy": ["policy"], "critic": ["critic"], "estimator": ["estimator_targets"]}

    class policy(LeggedRobotCfgPPO.policy):
        class_name = "EstimatorActorCritic"
        estimator_hidden_dims: Layers = [256, 128]
        estimator_activation: str = "elu"

    class algorithm(LeggedRobotCfgPPO.algorithm):
        class_name = "EstimatorPPO"
